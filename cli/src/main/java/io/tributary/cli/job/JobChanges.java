package io.tributary.cli.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What {@code tributary job clone} makes different: keys of a job, named as in its file with dots
 * between them. What comes out has passed the same checks as a job file.
 */
public final class JobChanges {
  private JobChanges() {}

  /**
   * A job like another.
   *
   * @param unset keys that are left out, so that they have their defaults; done first
   * @param set values by key, each as YAML
   * @throws UserErrorException naming the key, if there is no such key or the whole is no job
   */
  public static JobSpec apply(JobSpec job, List<String> unset, Map<String, String> set) {
    ObjectNode tree = ConfigReader.readJson(job.toJson(), ObjectNode.class, "the job");
    for (String key : unset) {
      String[] path = path("--unset", key);
      ObjectNode parent = parent(tree, path, false);
      if (parent == null || parent.remove(path[path.length - 1]) == null) {
        throw new UserErrorException(
            Kind.USAGE, "--unset " + key + ": the job does not state that key; leave it out");
      }
    }
    for (Map.Entry<String, String> change : set.entrySet()) {
      String[] path = path("--set", change.getKey());
      JsonNode value =
          ConfigReader.readYamlText(
              change.getValue().getBytes(StandardCharsets.UTF_8),
              JsonNode.class,
              "--set " + change.getKey());
      parent(tree, path, true).set(path[path.length - 1], value);
    }
    return ConfigReader.readJson(
        tree.toString().getBytes(StandardCharsets.UTF_8), JobSpec.class, "the cloned job");
  }

  private static String[] path(String option, String key) {
    String[] path = key.split("\\.", -1);
    for (String part : path) {
      if (part.isBlank()) {
        throw new UserErrorException(
            Kind.USAGE,
            option + " " + key + ": name a key of the job, such as local.learning-rate");
      }
    }
    return path;
  }

  /** The group that a key stands in; made where it is missing, or null. */
  private static ObjectNode parent(ObjectNode tree, String[] path, boolean make) {
    ObjectNode at = tree;
    for (int i = 0; i < path.length - 1; i++) {
      JsonNode next = at.get(path[i]);
      if (next instanceof ObjectNode group) {
        at = group;
      } else if (next != null && make) {
        throw new UserErrorException(
            Kind.USAGE,
            "--set "
                + String.join(".", path)
                + ": "
                + path[i]
                + " is a value, not a group of keys");
      } else if (make) {
        at = at.putObject(path[i]);
      } else {
        return null;
      }
    }
    return at;
  }
}

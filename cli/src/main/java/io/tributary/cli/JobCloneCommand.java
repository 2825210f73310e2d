package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.tributary.cli.job.JobChanges;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.AdminClient;
import io.tributary.coordinator.CoordinatorConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tributary job clone}: a job like another, with changes. */
@Command(
    name = "clone",
    description = {
      "Submit a job like another one of this coordinator, with changes; or print it.",
      "With --from-head it starts from the newest model of the other job instead of its first one."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  tributary job clone --config coordinator.yaml first-job --name longer --set rounds=50",
      "  tributary job clone --config coordinator.yaml first-job --name second --from-head \\",
      "    --set local.learning-rate=0.001 --unset update.clipping-norm --print > second.yaml"
    })
final class JobCloneCommand extends JobCommand.Question {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "JOB", description = "The job to clone, in whatever state.")
  private String source;

  @Option(names = "--name", required = true, description = "The new job's name.")
  private String name;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Another value for a key of the job; VALUE is YAML. May be repeated.")
  private Map<String, String> set = new LinkedHashMap<>();

  @Option(
      names = "--unset",
      paramLabel = "KEY",
      description = "Leave a key out, so that it has its default. May be repeated.")
  private List<String> unset = List.of();

  @Option(
      names = "--from-head",
      description = "Start from the newest model of the other job: sets model.initial-weights.")
  private boolean fromHead;

  @Option(names = "--print", description = "Print the job's YAML and submit nothing.")
  private boolean print;

  @Override
  public Integer call() throws JsonProcessingException {
    AdminClient admin = new AdminClient(Path.of(CoordinatorConfig.read(config()).home()));
    JobSpec job = JobChanges.apply(admin.spec(source), unset, changes(admin));
    if (print) {
      PrintWriter out = spec.commandLine().getOut();
      out.print(ConfigReader.toYaml(job));
      out.flush();
      return 0;
    }
    return ask(asked -> asked.submit(job), JobTexts::line);
  }

  private Map<String, String> changes(AdminClient admin) {
    Map<String, String> changes = new LinkedHashMap<>();
    changes.put("name", name);
    if (fromHead) {
      String head = admin.job(source).job().modelDigest();
      if (head == null) {
        throw new UserErrorException(
            Kind.FAILED,
            "job " + source + " has no model yet: wait for its first, or leave out --from-head");
      }
      changes.put("model.initial-weights", "'" + head + "'");
    }
    changes.putAll(set);
    return changes;
  }
}

package io.tributary.common.job;

import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.TextModelConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How a site's data is used.
 *
 * @param heldOutShare share of the text, or of the examples, that is never trained on and judges
 *     the model; default 0.1
 * @param maskedShare share of the tokens that is hidden: masked-language-model and infilling alone;
 *     default 0.15
 * @param classes classification: the labels in the order of the model's answers, which all sites
 *     agree on; each maps its own labels to them. Custom tasks: for the trainers to read
 */
public record DataRules(Double heldOutShare, Double maskedShare, List<String> classes) {
  /** A tenth is held out. */
  public static final DataRules DEFAULT = new DataRules(null, null, null);

  /** Infilling leaves room for sentinels and an end only in windows of this many tokens. */
  private static final int MIN_INFILLING_CONTEXT = 8;

  private static final double DEFAULT_MASKED_SHARE = 0.15;

  /** The name of a folder on every system. */
  private static final Pattern CLASS = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}_. -]{0,62}");

  /** Fills the default and checks each value by itself. */
  public DataRules {
    heldOutShare = heldOutShare == null ? 0.1 : heldOutShare;
    Checks.range("data.held-out-share", heldOutShare, 0.01, 0.5);
    if (maskedShare != null) {
      Checks.range("data.masked-share", maskedShare, 0.01, 0.5);
    }
    if (classes != null) {
      classes = List.copyOf(classes);
      requireClassNames(classes);
    }
  }

  /** This share is held out, the rest is as the task has it. */
  public static DataRules holdingOut(double share) {
    return new DataRules(share, null, null);
  }

  /** For classification into these. */
  public static DataRules ofClasses(List<String> classes) {
    return new DataRules(null, null, classes);
  }

  private static void requireClassNames(List<String> classes) {
    Set<String> seen = new HashSet<>();
    for (String name : classes) {
      if (!CLASS.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "data.classes has "
                + name
                + ": a class has 1 to 63 letters, digits and . _ - or spaces,"
                + " starting with a letter, digit or _");
      }
      if (!seen.add(name)) {
        throw new IllegalArgumentException(
            "data.classes has " + name + " twice: name each class once");
      }
    }
  }

  /** The rules with the defaults of a task; refuses what it does not use. */
  DataRules completed(Task task, ModelConfig model) {
    if (maskedShare != null && !task.hidesTokens()) {
      throw notUsed("masked-share", maskedShare, task, "masked-language-model or infilling");
    }
    if (!(model instanceof TextModelConfig text)) {
      return this; // what the classes of an external network are is between job and trainers
    }
    if (task != Task.CLASSIFICATION) {
      if (classes != null) {
        throw notUsed("classes", classes, task, "classification");
      }
    } else {
      requireClasses(text);
    }
    if (task == Task.INFILLING && text.contextLength() < MIN_INFILLING_CONTEXT) {
      throw new IllegalArgumentException(
          "model.context-length is "
              + text.contextLength()
              + " but infilling needs at least "
              + MIN_INFILLING_CONTEXT);
    }
    return task.hidesTokens() && maskedShare == null
        ? new DataRules(heldOutShare, DEFAULT_MASKED_SHARE, null)
        : this;
  }

  private void requireClasses(TextModelConfig model) {
    int answers = model.head().classes();
    if (classes == null) {
      throw new IllegalArgumentException(
          "data.classes is missing: name the "
              + answers
              + " classes of model.head.classes, in their order");
    }
    if (classes.size() != answers) {
      throw new IllegalArgumentException(
          "data.classes has "
              + classes.size()
              + " names but model.head.classes is "
              + answers
              + ": make them equal");
    }
  }

  private static IllegalArgumentException notUsed(
      String key, Object value, Task task, String users) {
    return new IllegalArgumentException(
        "data."
            + key
            + " is "
            + value
            + " but the task "
            + task
            + " does not use it: leave it out, or choose a model for "
            + users);
  }
}

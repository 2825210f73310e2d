package io.tributary.common.job;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.TextModelConfig;
import java.util.Locale;

/** What is learned. It follows from the model: no stack and head serve two tasks. */
public enum Task {
  /** Predict the next token of a text (causal language model). */
  @JsonProperty("language-model")
  LANGUAGE_MODEL,
  /** Predict tokens that were hidden (Devlin et al., BERT, 2019, section 3.1). */
  @JsonProperty("masked-language-model")
  MASKED_LANGUAGE_MODEL,
  /** Tell which class a text belongs to. */
  @JsonProperty("classification")
  CLASSIFICATION,
  /** Write the spans that were cut from a text (span corruption: Raffel et al., T5, 2020). */
  @JsonProperty("infilling")
  INFILLING,
  /** Whatever an external network learns: its sites' trainers know. */
  @JsonProperty("custom")
  CUSTOM;

  /** The one task that a model's stack and head can learn. */
  public static Task of(ModelConfig any) {
    if (!(any instanceof TextModelConfig model)) {
      return CUSTOM;
    }
    if (model.head().kind() == HeadRules.Kind.CLASSIFICATION) {
      return CLASSIFICATION;
    }
    return switch (model.stack()) {
      case DECODER -> LANGUAGE_MODEL;
      case ENCODER -> MASKED_LANGUAGE_MODEL;
      case ENCODER_DECODER -> INFILLING;
    };
  }

  /** Whether parts of a text are hidden at random. */
  public boolean hidesTokens() {
    return this == MASKED_LANGUAGE_MODEL || this == INFILLING;
  }

  /**
   * The task of a job.
   *
   * @param stated what the job says, or null
   * @throws IllegalArgumentException if the model cannot learn it
   */
  static Task of(Task stated, ModelConfig model) {
    Task task = of(model);
    if (stated != null && stated != task) {
      throw new IllegalArgumentException(
          "task is "
              + stated
              + " but "
              + described(model)
              + " learns "
              + task
              + ": leave task out, or change model.stack and model.head");
    }
    return task;
  }

  private static String described(ModelConfig model) {
    return model instanceof TextModelConfig text
        ? "a model with stack " + text.stack() + " and head " + text.head().kind()
        : "an external network";
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

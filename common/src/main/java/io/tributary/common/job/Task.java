package io.tributary.common.job;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What is learned. */
public enum Task {
  /** Predict the next byte of a text (causal language model). */
  @JsonProperty("language-model")
  LANGUAGE_MODEL;

  @Override
  public String toString() {
    return "language-model";
  }
}

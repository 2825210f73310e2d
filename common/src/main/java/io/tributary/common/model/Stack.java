package io.tributary.common.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which stacks of blocks a transformer has. */
public enum Stack {
  /** Each position sees itself and earlier ones (Radford et al., GPT, 2018). */
  @JsonProperty("decoder")
  DECODER,
  /** Each position sees all others (Devlin et al., BERT, 2019). */
  @JsonProperty("encoder")
  ENCODER,
  /** An encoder reads a source, a decoder that sees it writes (Vaswani et al., 2017; T5, 2020). */
  @JsonProperty("encoder-decoder")
  ENCODER_DECODER;

  @Override
  public String toString() {
    return KebabCase.of(this);
  }
}

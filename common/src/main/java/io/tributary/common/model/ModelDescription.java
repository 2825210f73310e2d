package io.tributary.common.model;

import io.tributary.common.config.UserErrorException;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What {@code model.json} says of the weights beside it: all that is needed to use them.
 *
 * @param formatVersion {@link #FORMAT_VERSION}
 * @param run the job that trained it
 * @param round rounds of training in it; 0 for the initial weights
 * @param digest SHA-256 of the weights file, 64 hexadecimal digits; names it
 * @param model a transformer's sizes and parts, from which names, shapes and order of the
 *     parameters follow
 * @param recurrent the same of a recurrent model
 * @param external the tensors of a network that is not of the family; two of the three are absent
 */
public record ModelDescription(
    int formatVersion,
    String run,
    int round,
    String digest,
    TransformerConfig model,
    RecurrentConfig recurrent,
    ExternalConfig external) {
  /** The only format so far: little-endian floats in layout order, nothing else. */
  public static final int FORMAT_VERSION = 1;

  /** Checks every part. */
  public ModelDescription {
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "format-version is "
              + formatVersion
              + " but this version reads "
              + FORMAT_VERSION
              + ": use the version of tributary that wrote it");
    }
    if (run == null || run.isBlank()) {
      throw new IllegalArgumentException("run is missing: it names the job");
    }
    if (round < 0) {
      throw new IllegalArgumentException("round is " + round + " but must be at least 0");
    }
    if (digest == null || !digest.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "digest is " + digest + " but must have 64 lower-case hexadecimal digits");
    }
    if (Stream.of(model, recurrent, external).filter(Objects::nonNull).count() != 1) {
      throw new IllegalArgumentException(
          "model is missing: it states the sizes; recurrent or external takes its place, one of the"
              + " three must be there");
    }
  }

  /** The description of weights of this version. */
  public static ModelDescription of(String run, int round, String digest, ModelConfig config) {
    return new ModelDescription(
        FORMAT_VERSION,
        run,
        round,
        digest,
        config instanceof TransformerConfig transformer ? transformer : null,
        config instanceof RecurrentConfig recurrentConfig ? recurrentConfig : null,
        config instanceof ExternalConfig externalConfig ? externalConfig : null);
  }

  /** What the model is. */
  public ModelConfig config() {
    return model != null ? model : recurrent != null ? recurrent : external;
  }

  /**
   * What the model of the family is.
   *
   * @throws UserErrorException if it is an external network
   */
  public TextModelConfig textConfig() {
    if (config() instanceof TextModelConfig text) {
      return text;
    }
    throw new UserErrorException(
        UserErrorException.Kind.USAGE,
        "the model of run "
            + run
            + " is an external network: only the programs of its sites can compute it");
  }
}

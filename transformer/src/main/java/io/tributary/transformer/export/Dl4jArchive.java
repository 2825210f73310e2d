package io.tributary.transformer.export;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.ModelConfig;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.store.NewTarget;
import io.tributary.transformer.recurrent.RecurrentArchive;
import java.io.IOException;
import java.nio.file.Path;

/**
 * DL4J's own zip of a recurrent model. Only what is made of DL4J's own layers can be read without
 * this program: an LSTM is, a GRU's layer is ours, and a transformer's graph calls native code of
 * ours that no file of SameDiff can name.
 */
final class Dl4jArchive implements ExportPlan {
  private final RecurrentConfig config;

  private Dl4jArchive(RecurrentConfig config) {
    this.config = config;
  }

  static ExportPlan plan(ModelConfig config, WeightType type) {
    if (!(config instanceof RecurrentConfig recurrent)) {
      throw refused(
          "the model is "
              + (config instanceof TransformerConfig ? "a transformer" : "an external network")
              + " but --format dl4j writes recurrent models, which DL4J has layers for"
              + (config instanceof TransformerConfig ? ": use --format safetensors" : ""));
    }
    if (recurrent.cell() != RecurrentConfig.Cell.LSTM) {
      throw refused(
          "model.recurrent.cell is "
              + recurrent.cell()
              + ", which DL4J has no layer for: only lstm is written");
    }
    if (type != WeightType.F32) {
      throw refused("--type is f16 but --format dl4j writes f32 only: leave it out");
    }
    return new Dl4jArchive(recurrent);
  }

  private static UserErrorException refused(String why) {
    return new UserErrorException(UserErrorException.Kind.USAGE, why);
  }

  @Override
  public boolean directory() {
    return false;
  }

  @Override
  public void write(float[] weights, Path out) throws IOException {
    NewTarget.file(out, stream -> RecurrentArchive.write(config, weights, stream));
  }
}

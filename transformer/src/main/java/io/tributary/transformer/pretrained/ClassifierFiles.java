package io.tributary.transformer.pretrained;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.mapping.Placement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The classifier that an export of ours has beside its encoder: a pooling and a linear layer in the
 * layout of the sentence-transformers library. A layer with an activation is another thing, and is
 * left where it is.
 */
final class ClassifierFiles {
  private static final String SETTINGS = "config.json";
  private static final String IDENTITY = "torch.nn.modules.linear.Identity";

  private final Path dense;
  private final int width;
  private final int classes;
  private final HeadRules.Pooling pooling;

  private ClassifierFiles(Path dense, int width, int classes, HeadRules.Pooling pooling) {
    this.dense = dense;
    this.width = width;
    this.classes = classes;
    this.pooling = pooling;
  }

  /** Finds a classifier in a directory. */
  static Optional<ClassifierFiles> in(Path directory) {
    Path dense = directory.resolve("2_Dense");
    Path pooling = directory.resolve("1_Pooling").resolve(SETTINGS);
    if (!Files.exists(dense.resolve(SETTINGS)) || !Files.exists(pooling)) {
      return Optional.empty();
    }
    HuggingFaceConfig layer = HuggingFaceConfig.read(dense.resolve(SETTINGS));
    HuggingFaceConfig pool = HuggingFaceConfig.read(pooling);
    boolean mean = pool.flag("pooling_mode_mean_tokens", false);
    boolean first = pool.flag("pooling_mode_cls_token", false);
    if (mean == first || !layer.text("activation_function").equals(IDENTITY)) {
      return Optional.empty();
    }
    return Optional.of(
        new ClassifierFiles(
            dense,
            layer.size("in_features"),
            layer.size("out_features"),
            mean ? HeadRules.Pooling.MEAN : HeadRules.Pooling.FIRST));
  }

  /** What is asked for when nothing else is: the head that stands here. */
  ImportOptions in(ImportOptions options) {
    return new ImportOptions(
        HeadRules.Kind.CLASSIFICATION,
        classes,
        pooling,
        options.contextLength(),
        options.freezeEmbeddings(),
        options.seed());
  }

  /**
   * Reads the linear layer to its place.
   *
   * @throws io.tributary.common.config.UserErrorException when it does not fit the encoder
   */
  void fill(WeightAssembly to, TransformerConfig config) {
    if (width != config.width()) {
      throw Malformed.unsupported(
          dense.resolve(SETTINGS),
          "in_features is " + width + " but the encoder's vectors have " + config.width());
    }
    float[] weight = new float[classes * width];
    float[] bias = new float[classes];
    try (TensorFile file = SafetensorsFile.open(dense.resolve("model.safetensors"))) {
      file.read(
          "linear.weight",
          List.of((long) classes, (long) width),
          weight,
          Placement.transposed(0, classes, width, classes));
      file.read("linear.bias", List.of((long) classes), bias, Placement.vector(0, classes));
    }
    to.put(ModelTensors.weight(ModelTensors.CLASSIFIER), weight);
    to.put(ModelTensors.bias(ModelTensors.CLASSIFIER), bias);
  }
}

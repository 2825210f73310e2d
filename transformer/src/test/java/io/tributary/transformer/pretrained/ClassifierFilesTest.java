package io.tributary.transformer.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.HeadRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A classifier beside an encoder is read if it is ours, and nothing else is taken for one. */
class ClassifierFilesTest {
  private static final String LINEAR =
      """
      {"in_features":8,"out_features":3,"bias":true,
       "activation_function":"torch.nn.modules.linear.Identity"}
      """;
  private final float[] weight = new float[24];
  private static final float[] BIAS = {0.5f, -1, 2};

  @TempDir Path directory;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i + 0.25f;
    }
    model =
        HuggingFaceFiles.bert("", "weight", "bias")
            .write(directory.resolve("model"), HuggingFaceFiles.BERT);
    Files.createDirectory(model.resolve("1_Pooling"));
    Files.createDirectory(model.resolve("2_Dense"));
    pooling(false);
    Files.writeString(model.resolve("2_Dense").resolve("config.json"), LINEAR);
    weights(List.of(3, 8));
  }

  private void pooling(boolean first) throws IOException {
    Files.writeString(
        model.resolve("1_Pooling").resolve("config.json"),
        "{\"pooling_mode_cls_token\":%s,\"pooling_mode_mean_tokens\":%s}".formatted(first, !first));
  }

  private void weights(List<Integer> shape) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    writer.floats("linear.weight", shape, weight);
    writer.floats("linear.bias", List.of(3), BIAS);
    writer.write(model.resolve("2_Dense").resolve("model.safetensors"));
  }

  private PretrainedModel read() {
    return PretrainedImport.read(model, ImportOptions.DEFAULTS);
  }

  @Test
  void classesPoolingAndWeightsAreThoseOfTheFiles() throws IOException {
    pooling(true);
    PretrainedModel read = read();
    assertThat(read.config().head())
        .isEqualTo(HeadRules.classification(3, HeadRules.Pooling.FIRST));
    assertThat(read.fresh()).isEmpty();
    int at = (int) read.config().layout().tensor("classifier.weight").offset();
    for (int in = 0; in < 8; in++) {
      for (int out = 0; out < 3; out++) {
        assertThat(read.weights()[at + in * 3 + out]).isEqualTo(weight[out * 8 + in]);
      }
    }
    assertThat(read.weights()).endsWith(BIAS);
  }

  @Test
  void aHeadThatIsAskedForIsMadeAnew() {
    ImportOptions asked =
        new ImportOptions(HeadRules.Kind.CLASSIFICATION, 3, null, null, false, 42);
    assertThat(PretrainedImport.read(model, asked).fresh())
        .containsExactly("classifier.weight", "classifier.bias");
  }

  @Test
  void aLayerWithAnActivationIsNoClassifier() throws IOException {
    Files.writeString(
        model.resolve("2_Dense").resolve("config.json"),
        LINEAR.replace("linear.Identity", "activation.Tanh"));
    assertThat(read().config().head().kind()).isEqualTo(HeadRules.Kind.MASKED_LM);
  }

  @Test
  void aLayerThatDoesNotFitIsRefused() throws IOException {
    Path settings = model.resolve("2_Dense").resolve("config.json");
    Files.writeString(settings, LINEAR.replace(":8", ":2000000000"));
    assertThatThrownBy(this::read)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("in_features is 2000000000", "have 8");
    Files.writeString(settings, LINEAR.replace(":3", ":2000000000"));
    assertThatThrownBy(this::read)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("model.head.classes is 2000000000");
    Files.writeString(settings, LINEAR);
    weights(List.of(8, 3));
    assertThatThrownBy(this::read)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("linear.weight", "[8, 3]", "[3, 8]");
    Files.delete(model.resolve("2_Dense").resolve("model.safetensors"));
    assertThatThrownBy(this::read)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("is not a file");
  }
}

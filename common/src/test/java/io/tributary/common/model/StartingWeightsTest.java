package io.tributary.common.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartingWeightsTest {
  private static final TransformerConfig ENCODER =
      new TransformerConfig(50, 8, 2, 2, 12, 10)
          .edit()
          .stack(Stack.ENCODER)
          .head(HeadRules.languageModel(HeadRules.Kind.MASKED_LM, true))
          .build();

  @TempDir Path directory;

  @Test
  void takesOverWhatTheOtherHasAndMakesTheRestFromTheSeed() throws IOException {
    TransformerConfig fineTuned =
        ENCODER
            .edit()
            .contextLength(6)
            .head(HeadRules.classification(3, HeadRules.Pooling.MEAN))
            .tuning(TuningRules.lora(2, 4, "attention.input"))
            .build();
    float[] other = InitialWeights.create(ENCODER.layout(), 1);
    float[] started = started(fineTuned.layout(), other);
    float[] made = InitialWeights.create(fineTuned.layout(), 7);
    for (TensorSpec tensor : fineTuned.layout().tensors()) {
      float[] expected =
          ENCODER.layout().find(tensor.name()).isPresent()
              ? cut(other, ENCODER.layout().tensor(tensor.name()).offset(), tensor.size())
              : cut(made, tensor.offset(), tensor.size());
      assertThat(cut(started, tensor.offset(), tensor.size()))
          .as(tensor.name())
          .isEqualTo(expected);
    }
    assertThat(fineTuned.layout().find("classifier.weight")).isPresent();
  }

  @Test
  void piecesOfAnySizeGiveTheSame() throws IOException {
    float[] other = InitialWeights.create(ENCODER.layout(), 1);
    Path file = write(other);
    float[] whole = started(ENCODER.layout(), other);
    try (StartingWeights weights =
        StartingWeights.open(ENCODER.layout(), 7, ENCODER.layout(), file)) {
      float[] piece = new float[37];
      int at = 0;
      while (weights.remaining() > 0) {
        int count = (int) Math.min(piece.length, weights.remaining());
        weights.next(piece, count);
        assertThat(Arrays.copyOf(piece, count))
            .isEqualTo(Arrays.copyOfRange(whole, at, at + count));
        at += count;
      }
    }
  }

  @Test
  void otherShapesAndMissingPartsAreNamed() {
    Layout wider = ENCODER.edit().feedForwardWidth(13).build().layout();
    assertThatThrownBy(() -> StartingWeights.requireFit(wider, ENCODER.layout()))
        .hasMessageContaining(
            "tensor layer.0.feedforward.input.weight has shape [8, 13] but [8, 12]");
    Layout deeper = ENCODER.edit().layers(3).build().layout();
    assertThatThrownBy(() -> StartingWeights.requireFit(deeper, ENCODER.layout()))
        .hasMessageContaining("layer.2.attention.norm.gain but the one it starts from has none");
    Layout longer = ENCODER.edit().contextLength(11).build().layout();
    assertThatThrownBy(() -> StartingWeights.requireFit(longer, ENCODER.layout()))
        .hasMessageContaining("tensor position.embedding has shape [11, 8] but [10, 8]");
  }

  @Test
  void aFileThatEndsEarlyIsNoModel() throws IOException {
    Path file = write(new float[100]);
    try (StartingWeights weights =
        StartingWeights.open(ENCODER.layout(), 7, ENCODER.layout(), file)) {
      float[] values = new float[ENCODER.layout().parameterCount()];
      assertThatThrownBy(() -> weights.next(values, values.length))
          .isInstanceOf(EOFException.class);
    }
  }

  private float[] started(Layout layout, float[] other) throws IOException {
    try (StartingWeights weights =
        StartingWeights.open(layout, 7, ENCODER.layout(), write(other))) {
      float[] values = new float[layout.parameterCount()];
      weights.next(values, values.length);
      assertThat(weights.remaining()).isZero();
      return values;
    }
  }

  private Path write(float[] values) throws IOException {
    Path file = directory.resolve("weights" + values.length);
    ModelDirectory.write(file, values);
    assertThat(Files.size(file)).isEqualTo(4L * values.length);
    return file;
  }

  private static float[] cut(float[] values, long from, int count) {
    return Arrays.copyOfRange(values, (int) from, (int) from + count);
  }
}

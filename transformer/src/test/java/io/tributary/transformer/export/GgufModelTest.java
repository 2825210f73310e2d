package io.tributary.transformer.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.random.CounterRandom;
import io.tributary.transformer.TinyModel;
import io.tributary.transformer.mapping.Float16;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link LlamaCppTest} does not show: refusals, alignment, and the added token. */
class GgufModelTest {
  private static final int END = 0xC1;

  @TempDir Path directory;

  private Path export(TransformerConfig config, float[] weights, WeightType type)
      throws IOException {
    Path out = directory.resolve("model.gguf");
    ModelExport.plan("name", config, ModelExport.Format.GGUF, type, directory).write(weights, out);
    return out;
  }

  @Test
  void otherFamiliesAndTokenizersAreRefusedByName() {
    float[] none = new float[0];
    assertThatThrownBy(() -> export(Twins.GPT2, none, WeightType.F32))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("GPT-2", "safetensors");
    assertThatThrownBy(() -> export(Twins.BERT, none, WeightType.F32))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("BERT", "safetensors");
    TransformerConfig wider = Twins.LLAMA.withVocabularySize(300);
    assertThatThrownBy(() -> export(wider, none, WeightType.F32))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("vocabulary-size is 300", "256");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void magicVersionAndEveryTensorAtAMultipleOfTheAlignment() throws IOException {
    float[] weights = TinyModel.weights(Twins.LLAMA, 1);
    byte[] bytes = Files.readAllBytes(export(Twins.LLAMA, weights, WeightType.F16));
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(new String(bytes, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("GGUF");
    assertThat(file.getInt(4)).isEqualTo(3);
    List<ExportTensor> tensors = GgufTensors.of(Twins.LLAMA, weights);
    assertThat(file.getLong(8)).isEqualTo(tensors.size());
    assertThat(bytes.length % 32).isZero();
    // The last tensor is the output, 257 rows of 16 halves, which begins with byte 0's row.
    int output = (int) (bytes.length - (257L * 16 * 2 + 31) / 32 * 32);
    assertThat(output % 32).isZero();
    float first = weights[(int) Twins.LLAMA.layout().tensor("token.embedding").offset()];
    assertThat(file.getShort(output)).isEqualTo(Float16.nearest(first));
  }

  /** No direction exists in which the end's old row would win, and the new one is its equal. */
  @Property(tries = 200)
  void theBytesOwnRowNeverWinsAndTheAddedOneIsTheEnd(@ForAll long seed) {
    float[] weights = TinyModel.weights(Twins.LLAMA, seed);
    List<ExportTensor> tensors = GgufTensors.of(Twins.LLAMA, weights);
    ExportTensor output = tensors.get(tensors.size() - 1);
    int width = Twins.LLAMA.width();
    CounterRandom random = new CounterRandom(seed, "direction");
    double[] state = new double[width];
    for (int i = 0; i < width; i++) {
      state[i] = random.nextGaussian();
    }
    float[] row = new float[width];
    double[] logits = new double[257];
    for (int token = 0; token < logits.length; token++) {
      output.source().read(token, row);
      for (int i = 0; i < width; i++) {
        logits[token] += row[i] * state[i];
      }
    }
    double largest = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < 256; token++) {
      if (token != END) {
        largest = Math.max(largest, logits[token]);
      }
    }
    assertThat(logits[END]).isLessThan(largest);
    int head = (int) Twins.LLAMA.layout().tensor("token.embedding").offset() + END * width;
    double end = 0;
    for (int i = 0; i < width; i++) {
      end += weights[head + i] * state[i];
    }
    assertThat(logits[256]).isEqualTo(end);
  }

  /** Each pair (i, i + s/2) of each head stands side by side, and nothing is lost. */
  @Property
  void pairsBecomeNeighbours(
      @ForAll @IntRange(min = 1, max = 8) int heads,
      @ForAll @IntRange(min = 1, max = 16) int half) {
    int width = 2 * half;
    int[] order = GgufTensors.neighbours(heads * width, width);
    Set<Integer> seen = new HashSet<>();
    for (int head = 0; head < heads; head++) {
      for (int i = 0; i < half; i++) {
        int at = head * width + 2 * i;
        assertThat(order[at]).isEqualTo(head * width + i);
        assertThat(order[at + 1]).isEqualTo(head * width + half + i);
        seen.add(order[at]);
        seen.add(order[at + 1]);
      }
    }
    assertThat(seen).hasSize(heads * width);
  }

  @Test
  void aFileIsNeverOverwrittenAndNothingIsLeftOfAFailedOne() throws IOException {
    float[] weights = TinyModel.weights(Twins.LLAMA, 1);
    weights[7] = 1e6f;
    assertThatThrownBy(() -> export(Twins.LLAMA, weights, WeightType.F16))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("token_embd.weight", "f16 goes up to 65504");
    assertThat(directory).isEmptyDirectory();
    Path file = Files.writeString(directory.resolve("model.gguf"), "mine");
    assertThatThrownBy(() -> export(Twins.LLAMA, weights, WeightType.F32))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("mine");
  }
}

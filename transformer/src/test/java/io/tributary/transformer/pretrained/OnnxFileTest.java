package io.tributary.transformer.pretrained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.transformer.mapping.Placement;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxFileTest {
  @TempDir Path directory;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("model.onnx"), bytes);
  }

  private void refuses(byte[] bytes, String... parts) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> OnnxFile.open(file).close())
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("model.onnx: ")
        .hasMessageContainingAll(parts);
  }

  private static float[] read(OnnxFile onnx, String name) {
    StoredTensor tensor = onnx.tensors().tensors().get(name);
    float[] values = new float[(int) tensor.size()];
    onnx.tensors().read(name, tensor.shape(), values, Placement.vector(0, values.length));
    return values;
  }

  @Test
  void readsRawFloatsTypedFloatsAndHalves() throws IOException {
    byte[] halves = {0x00, 0x3C, 0x00, (byte) 0xC0};
    Path file =
        file(
            new OnnxWriter()
                .floats("raw", List.of(2, 2), 1, 2, 3, 4)
                .initializer(
                    OnnxWriter.tensor("typed", 1, List.of(2), 4, OnnxWriter.littleEndian(5, 6)))
                .initializer(OnnxWriter.tensor("half", 10, List.of(2), 9, halves))
                .bytes());
    try (OnnxFile onnx = OnnxFile.open(file)) {
      assertThat(onnx.tensors().tensors().keySet()).containsExactly("raw", "typed", "half");
      assertThat(read(onnx, "raw")).containsExactly(1, 2, 3, 4);
      assertThat(read(onnx, "typed")).containsExactly(5, 6);
      assertThat(read(onnx, "half")).containsExactly(1, -2);
    }
  }

  @Test
  void findsTheMatrixThatABiasBelongsTo() throws IOException {
    Path file =
        file(
            new OnnxWriter()
                .floats("q.bias", List.of(1), 1)
                .floats("k.bias", List.of(1), 1)
                .floats("alone", List.of(1), 1)
                .floats("onnx::MatMul_1", List.of(1, 1), 1)
                .floats("onnx::MatMul_2", List.of(1, 1), 1)
                .node("MatMul", List.of("x", "onnx::MatMul_2"), "xq")
                .node("Add", List.of("q.bias", "xq"), "q")
                .node("MatMul", List.of("x", "onnx::MatMul_1"), "xk")
                .node("Add", List.of("xk", "k.bias"), "k")
                .bytes());
    try (OnnxFile onnx = OnnxFile.open(file)) {
      assertThat(onnx.graph().matrixOfBias("q.bias")).contains("onnx::MatMul_2");
      assertThat(onnx.graph().matrixOfBias("k.bias")).contains("onnx::MatMul_1");
      assertThat(onnx.graph().matrixOfBias("alone")).isEmpty();
    }
  }

  @Test
  void keepsSmallConstants() throws IOException {
    byte[] twelve = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(12).array();
    Path file =
        file(
            new OnnxWriter()
                .constant("heads", 7, twelve)
                .constant("epsilon", 1, OnnxWriter.littleEndian(1e-12f))
                .constant("long", 1, new byte[4096])
                .bytes());
    try (OnnxFile onnx = OnnxFile.open(file)) {
      assertThat(onnx.graph().integer("heads")).contains(12L);
      assertThat(onnx.graph().single("epsilon")).contains(1e-12f);
      assertThat(onnx.graph().single("heads")).isEmpty();
      assertThat(onnx.graph().single("long")).isEmpty();
    }
  }

  @Test
  void refusesExternalData() throws IOException {
    byte[] tensor =
        OnnxWriter.message(
            out -> {
              out.writeInt64(1, 2);
              out.writeInt32(2, 1);
              out.writeString(8, "far");
              out.writeEnum(14, 1);
            });
    refuses(new OnnxWriter().initializer(tensor).bytes(), "far", "another file", "one file");
  }

  @Test
  void refusesNumbersThatDoNotFillTheShape() throws IOException {
    byte[] tensor = OnnxWriter.tensor("a", 1, List.of(3), 9, new byte[8]);
    refuses(new OnnxWriter().initializer(tensor).bytes(), "tensor a", "8 bytes", "[3] needs");
    byte[] huge = OnnxWriter.tensor("a", 1, List.of(1 << 30, 1 << 30, 1 << 30), 9, new byte[8]);
    refuses(new OnnxWriter().initializer(huge).bytes(), "tensor a", "8 bytes");
    byte[] negative = OnnxWriter.tensor("a", 1, List.of(-1), 9, new byte[4]);
    refuses(new OnnxWriter().initializer(negative).bytes(), "no possible shape");
  }

  @Test
  void refusesDuplicateNames() throws IOException {
    refuses(
        new OnnxWriter().floats("a", List.of(1), 1).floats("a", List.of(1), 2).bytes(),
        "tensor a stands twice");
  }

  @Test
  void refusesTwoGraphsAndNone() throws IOException {
    byte[] one = new OnnxWriter().floats("a", List.of(1), 1).bytes();
    byte[] two = Arrays.copyOf(one, 2 * one.length);
    System.arraycopy(one, 0, two, one.length, one.length);
    refuses(two, "more than one graph");
    refuses(OnnxWriter.message(out -> out.writeInt64(1, 8)), "no graph");
    refuses(new byte[0], "no graph");
  }

  @Test
  void refusesAFileCutAnywhereInItsGraph() throws IOException {
    byte[] whole =
        new OnnxWriter()
            .floats("a", List.of(2), 1, 2)
            .node("MatMul", List.of("x", "a"), "y")
            .bytes();
    for (int length = 0; length < whole.length; length++) {
      Path file = file(Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> OnnxFile.open(file).close())
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(UserErrorException.class);
    }
  }

  @Test
  void refusesANameOfManyBytes() throws IOException {
    refuses(
        new OnnxWriter().node("MatMul", List.of("x".repeat(5000)), "y").bytes(),
        "a name has 5000 bytes");
  }

  @Test
  void doesNotReadWholeNumbers() throws IOException {
    Path file =
        file(
            new OnnxWriter()
                .initializer(OnnxWriter.tensor("ids", 7, List.of(1), 9, new byte[8]))
                .bytes());
    try (OnnxFile onnx = OnnxFile.open(file)) {
      assertThatThrownBy(() -> read(onnx, "ids"))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContainingAll("ids", "data type 7");
    }
  }

  @Test
  void damagedFilesAreReadOrRefusedWithinBoundedMemory() throws IOException {
    byte[] valid =
        new OnnxWriter()
            .floats("embed", List.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8)
            .initializer(OnnxWriter.tensor("typed", 1, List.of(2), 4, new byte[8]))
            .constant("heads", 7, new byte[8])
            .node("MatMul", List.of("x", "embed"), "y")
            .node("Add", List.of("y", "typed"), "z")
            .bytes();
    int refused = 0;
    int read = 0;
    for (long seed = 0; seed < 4000; seed++) {
      Path file = file(Mutation.of(valid, seed));
      long before = Mutation.allocatedBytes();
      try (OnnxFile onnx = OnnxFile.open(file)) {
        for (String name : onnx.tensors().tensors().keySet()) {
          StoredTensor tensor = onnx.tensors().tensors().get(name);
          if (tensor.size() > 0 && tensor.type().readable()) {
            read(onnx, name);
          }
        }
        onnx.graph().matrixOfBias("typed");
        read++;
      } catch (UserErrorException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining("model.onnx: ");
        refused++;
      }
      assertThat(Mutation.allocatedBytes() - before).as("seed %d", seed).isLessThan(2L << 20);
    }
    assertThat(refused).isGreaterThan(1500);
    assertThat(read).isGreaterThan(200);
  }
}

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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir Path directory;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(directory.resolve("model.safetensors"), bytes);
  }

  private static float[] read(Path file, String name, Long... shape) {
    try (TensorFile tensors = SafetensorsFile.open(file)) {
      int size = (int) tensors.tensors().get(name).size();
      float[] values = new float[size];
      tensors.read(name, List.of(shape), values, Placement.vector(0, size));
      return values;
    }
  }

  private void refuses(byte[] bytes, String... parts) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> SafetensorsFile.open(file).close())
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("model.safetensors")
        .hasMessageContainingAll(parts);
  }

  private void refusesHeader(String header, int dataBytes, String... parts) throws IOException {
    refuses(SafetensorsWriter.bytes(header, new byte[dataBytes]), parts);
  }

  @Test
  void readsSinglesAsTheyAre() throws IOException {
    Path file =
        file(new SafetensorsWriter().floats("a", List.of(2, 2), 1f, -2.5f, 1e-30f, 3e30f).bytes());
    assertThat(read(file, "a", 2L, 2L)).containsExactly(1f, -2.5f, 1e-30f, 3e30f);
  }

  @Test
  void readsHalves() throws IOException {
    // 1, -2, 65504 (the largest), 2^-14 (smallest normal), 2^-24 (smallest), -0, 1/3 rounded
    int[] bits = {0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x8000, 0x3555};
    Path file = file(new SafetensorsWriter().shorts("h", "F16", List.of(7), bits).bytes());
    assertThat(read(file, "h", 7L))
        .containsExactly(1f, -2f, 65504f, 0x1p-14f, 0x1p-24f, -0f, 0x1.554p-2f);
  }

  @Test
  void readsBrainFloats() throws IOException {
    int[] bits = {0x3F80, 0xC040, 0x0001, 0x4049};
    Path file = file(new SafetensorsWriter().shorts("b", "BF16", List.of(4), bits).bytes());
    assertThat(read(file, "b", 4L))
        .containsExactly(1f, -3f, Float.intBitsToFloat(0x00010000), 3.140625f);
  }

  @Test
  void transposesIntoColumnsOfAWiderMatrix() throws IOException {
    Path file = file(new SafetensorsWriter().floats("w", List.of(2, 3), 1, 2, 3, 4, 5, 6).bytes());
    float[] target = new float[3 * 4 + 1];
    try (TensorFile tensors = SafetensorsFile.open(file)) {
      // (out 2, in 3) becomes (in 3, out 2), in columns 1 and 2 of a matrix that is 4 wide.
      tensors.read("w", List.of(2L, 3L), target, Placement.transposed(1, 2, 3, 4));
    }
    assertThat(target).containsExactly(0, 1, 4, 0, 0, 2, 5, 0, 0, 3, 6, 0, 0);
  }

  @Test
  void readsFirstRowsOnly() throws IOException {
    Path file = file(new SafetensorsWriter().floats("w", List.of(3, 2), 1, 2, 3, 4, 5, 6).bytes());
    float[] target = new float[4];
    try (TensorFile tensors = SafetensorsFile.open(file)) {
      tensors.readRows("w", target, Placement.columns(0, 2, 2, 2));
      assertThat(target).containsExactly(1, 2, 3, 4);
      assertThatThrownBy(() -> tensors.readRows("w", new float[8], Placement.columns(0, 4, 2, 2)))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContainingAll("w has shape [3, 2]", "at least 4 rows of 2");
    }
  }

  @Test
  void readsATensorLongerThanItsBuffer() throws IOException {
    float[] values = new float[150_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Path file = file(new SafetensorsWriter().floats("long", List.of(150_001), values).bytes());
    assertThat(read(file, "long", 150_001L)).isEqualTo(values);
  }

  @Test
  void namesAWrongShapeAndAMissingTensor() throws IOException {
    Path file = file(new SafetensorsWriter().floats("a", List.of(2), 1, 2).bytes());
    assertThatThrownBy(() -> read(file, "a", 1L, 2L))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("tensor a has shape [2]", "must have [1, 2]");
    try (TensorFile tensors = SafetensorsFile.open(file)) {
      assertThatThrownBy(() -> tensors.read("b", List.of(2L), new float[2], Placement.vector(0, 2)))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("tensor b is missing");
    }
  }

  @Test
  void refusesValuesThatAreNotFinite() throws IOException {
    Path file = file(new SafetensorsWriter().floats("a", List.of(3), 1, Float.NaN, 2).bytes());
    assertThatThrownBy(() -> read(file, "a", 3L))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("tensor a has the value NaN at 1");
  }

  @Test
  void listsWholeNumbersButDoesNotReadThem() throws IOException {
    Path file =
        file(new SafetensorsWriter().raw("ids", "I64", List.of(1, 2), new byte[16]).bytes());
    assertThatThrownBy(() -> read(file, "ids", 1L, 2L))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("ids", "I64", "float32, float16 and bfloat16 are read");
  }

  @Test
  void refusesHeaderLongerThanTheFile() throws IOException {
    refuses(
        ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(9).array(),
        "9 bytes",
        "the file has 16");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, SafetensorsFile.MAX_HEADER_BYTES + 1L, 0, 1})
  void refusesHeaderOfImpossibleLength(long length) throws IOException {
    byte[] bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
    refuses(bytes, Long.toUnsignedString(length), "must have 2 to");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[] | not a JSON object",
        "{\"a\":1} | not described by an object",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}} | lacks a key",
        "{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}} | unknown dtype F33",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | negative number -2",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}} | no whole number",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | not what F32 [3] needs",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | bytes 8 to 0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}} | the data has 8",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | leave a gap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | belong to no tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}} | unknown key x",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}{} | follows the header",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}} | needs",
      })
  void refusesHeader(String header, String part) throws IOException {
    refusesHeader(header, 8, part);
  }

  @Test
  void refusesOverlap() throws IOException {
    String a = SafetensorsWriter.entry("a", "F32", List.of(2), 0, 8);
    String b = SafetensorsWriter.entry("b", "F32", List.of(2), 4, 12);
    refusesHeader("{" + a + "," + b + "}", 12, "overlap");
  }

  @Test
  void refusesDuplicateNames() throws IOException {
    String a = SafetensorsWriter.entry("a", "F32", List.of(1), 0, 4);
    String again = SafetensorsWriter.entry("a", "F32", List.of(1), 4, 8);
    refusesHeader("{" + a + "," + again + "}", 8, "Duplicate", "'a'");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    assertThatThrownBy(() -> SafetensorsFile.open(directory.resolve("none")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("is not a file");
  }

  @Test
  void damagedFilesAreReadOrRefusedWithinBoundedMemory() throws IOException {
    byte[] valid =
        new SafetensorsWriter()
            .floats("embed", List.of(4, 2), 1, 2, 3, 4, 5, 6, 7, 8)
            .shorts("half", "F16", List.of(3), 1, 2, 3)
            .raw("ids", "I64", List.of(2), new byte[16])
            .bytes();
    int refused = 0;
    int read = 0;
    for (long seed = 0; seed < 4000; seed++) {
      Path file = file(Mutation.of(valid, seed));
      long before = Mutation.allocatedBytes();
      try (TensorFile tensors = SafetensorsFile.open(file)) {
        for (String name : tensors.tensors().keySet()) {
          StoredTensor tensor = tensors.tensors().get(name);
          int size = (int) tensor.size();
          if (size > 0 && tensor.type().readable()) {
            tensors.read(name, tensor.shape(), new float[size], Placement.vector(0, size));
          }
        }
        read++;
      } catch (UserErrorException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining("model.safetensors: ");
        refused++;
      }
      assertThat(Mutation.allocatedBytes() - before).as("seed %d", seed).isLessThan(2L << 20);
    }
    assertThat(refused).isGreaterThan(1500);
    assertThat(read).isGreaterThan(100);
  }
}

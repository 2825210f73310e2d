package io.tributary.client.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TextDatasetTest {
  @TempDir private Path directory;

  private Path write(String name, String text) throws IOException {
    return write(name, text.getBytes(UTF_8));
  }

  private Path write(String name, byte[] bytes) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private static TextDataset read(Path path, long maxBytes, long heapBytes) {
    DataLimits standard = DataLimits.forHeap(heapBytes);
    DataLimits limits =
        new DataLimits(
            maxBytes,
            heapBytes,
            standard.maxFiles(),
            standard.maxDepth(),
            standard.maxFileBytes(),
            standard.maxRows(),
            standard.maxRowChars(),
            standard.maxColumns(),
            standard.maxLabels(),
            standard.maxLabelChars(),
            standard.maxProblems());
    return DataReader.read(DataSource.ofTexts(path), limits).sound();
  }

  private static String text(TextDataset dataset) {
    return new String(dataset.bytes(), UTF_8);
  }

  @Test
  void readsOneFileAsItIs() throws Exception {
    TextDataset dataset = TextDataset.read(write("one.txt", "naïve café\n"));

    assertThat(text(dataset)).isEqualTo("naïve café\n");
    assertThat(dataset.textCount()).isEqualTo(1);
    assertThat(dataset.byteCount()).isEqualTo(13);
  }

  @Test
  void joinsFilesInOrderOfTheirRelativePaths() throws Exception {
    write("b.txt", "second");
    write("a/z.txt", "first");
    write("c.txt", "");
    write("d/a.txt", "third");

    TextDataset dataset = TextDataset.read(directory);

    assertThat(text(dataset)).isEqualTo("first\nsecond\nthird");
    assertThat(dataset.textCount()).isEqualTo(3);
  }

  @Test
  void leavesOutWhatStartsWithADot() throws Exception {
    write("seen.txt", "seen");
    write(".hidden.txt", "hidden");
    write(".git/config", "hidden too");

    assertThat(text(TextDataset.read(directory))).isEqualTo("seen");
  }

  @Test
  void doesNotFollowLinkedDirectories() throws Exception {
    write("texts/a.txt", "inside");
    Files.createSymbolicLink(directory.resolve("texts/loop"), directory.resolve("texts"));

    assertThat(text(TextDataset.read(directory.resolve("texts")))).isEqualTo("inside");
  }

  @Test
  void namesFileAndOffsetOfTheFirstByteThatIsNotUtf8() throws Exception {
    write("good.txt", "good");
    byte[] latin1 = new byte[20_000];
    Arrays.fill(latin1, (byte) 'a');
    latin1[16_385] = (byte) 0xE9;
    Path bad = write("latin1.txt", latin1);

    assertThatThrownBy(() -> TextDataset.read(directory))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(bad.toString())
        .hasMessageContaining("byte 16385 (0xe9)");
  }

  @ParameterizedTest
  @CsvSource({
    "61 c3, 1",
    "e2 82, 0",
    "61 62 ff 63, 2",
    "ed a0 80, 0",
    "c0 80, 0",
    "f5 80 80 80, 0"
  })
  void findsTruncatedOverlongAndSurrogateSequences(String hex, int offset) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);

    assertThat(Utf8Check.malformedOffset(ByteBuffer.wrap(bytes))).hasValue(offset);
  }

  @Test
  void acceptsEveryCodePoint() {
    StringBuilder all = new StringBuilder();
    for (int code = 0; code <= Character.MAX_CODE_POINT; code++) {
      if (code < Character.MIN_SURROGATE || code > Character.MAX_SURROGATE) {
        all.appendCodePoint(code);
      }
    }

    assertThat(Utf8Check.malformedOffset(ByteBuffer.wrap(all.toString().getBytes(UTF_8))))
        .isEmpty();
  }

  @Test
  void refusesAnEmptyDirectory() {
    assertThatThrownBy(() -> TextDataset.read(directory))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("holds no text")
        .hasMessageContaining("put texts there");
  }

  @Test
  void refusesAnEmptyFile() throws Exception {
    Path empty = write("empty.txt", "");

    assertThatThrownBy(() -> TextDataset.read(empty))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("is empty");
  }

  @Test
  void refusesAPathThatDoesNotExist() {
    assertThatThrownBy(() -> TextDataset.read(directory.resolve("nowhere")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("nowhere does not exist");
  }

  @Test
  void refusesMoreBytesThanItsBound() throws Exception {
    write("a.txt", "12345");
    write("b.txt", "6789");

    assertThat(read(directory, 10, 1_000).byteCount()).isEqualTo(10);
    assertThatThrownBy(() -> read(directory, 9, 1_000))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("holds 10 bytes of text but the bound is 9");
  }

  @Test
  void refusesMoreThanAQuarterOfTheHeapBeforeItReads() throws Exception {
    Path file = write("a.txt", "1234567890");

    assertThat(read(file, 100, 40).byteCount()).isEqualTo(10);
    assertThatThrownBy(() -> read(file, 100, 39))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("holds 10 bytes of text but a heap of 39 bytes has room for 9")
        .hasMessageContaining("raise -Xmx by TRIBUTARY_JAVA_OPTS");
  }

  @Test
  @Timeout(20)
  @DisabledOnOs(OS.WINDOWS)
  void refusesADeviceWithoutReadingIt() {
    assertThatThrownBy(() -> TextDataset.read(Path.of("/dev/zero")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("/dev/zero is neither a directory nor a regular file");
  }
}

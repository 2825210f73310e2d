package io.tributary.client.data;

import static io.tributary.client.data.Readings.folders;
import static io.tributary.client.data.Readings.problems;
import static io.tributary.client.data.Readings.read;
import static io.tributary.client.data.Readings.texts;
import static io.tributary.client.data.Readings.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataReaderTest {
  @TempDir private Path directory;

  @Test
  void foldersGoThroughTheSameMapAsColumns() {
    write(directory.resolve("junk/a.txt"), "buy");
    write(directory.resolve("junk/deep/b.txt"), "buy more");
    write(directory.resolve("ham/c.txt"), "hello");
    write(directory.resolve("loose.txt"), "none");
    DataReading reading = read(folders(directory, Map.of("junk", "spam"), null));

    assertThat(texts(reading)).containsExactly("ham:hello", "spam:buy", "spam:buy more", "none");
    assertThat(reading.ownLabels()).isEqualTo(Map.of("ham", 1, "junk", 2));
    assertThat(reading.usable()).isTrue();
  }

  @Test
  void textInOtherEncodingsBecomesUtf8() {
    write(directory.resolve("a.txt"), "caf\u00e9 €".getBytes(Charset.forName("windows-1252")));
    write(directory.resolve("b.txt"), new byte[0]);
    DataReading reading = read(folders(directory, null, TextEncoding.WINDOWS_1252));

    assertThat(texts(reading)).containsExactly("café €");
    assertThat(reading.emptyTexts()).isEqualTo(1);
    write(directory.resolve("a.txt"), "grün".getBytes(StandardCharsets.UTF_16LE));
    assertThat(problems(read(folders(directory, null, TextEncoding.WINDOWS_1252))).get(0))
        .contains("the file has a NUL character");
  }

  @Test
  void aLongFileInAnotherEncodingIsReadPieceByPieceWithinTheBounds() {
    String text = "a😀é".repeat(20_000); // pieces end within a character of two halves
    write(directory.resolve("a.txt"), text.getBytes(StandardCharsets.UTF_16));
    DataSource source = folders(directory, null, TextEncoding.UTF_16);

    assertThat(texts(read(source))).containsExactly(text);
    assertThatThrownBy(() -> DataReader.read(source, DataLimits.forHeap(100_000)))
        .hasMessageContaining("a heap of 100000 bytes has room for 25000");
  }

  @Test
  void aMarkAtTheBeginningIsNoText() {
    write(directory.resolve("a.txt"), "\uFEFFone");
    write(directory.resolve("b.txt"), "\uFEFF");
    write(directory.resolve("c.txt"), "two");
    DataReading reading = read(folders(directory, null, null));

    assertThat(texts(reading)).containsExactly("one", "two");
    assertThat(new String(reading.dataset().bytes(), StandardCharsets.UTF_8)).isEqualTo("one\ntwo");
    assertThat(reading.emptyTexts()).isEqualTo(1);
  }

  @Test
  void everyBadFileIsNamedAndTheOthersAreRead() {
    Path latin = write(directory.resolve("a.txt"), new byte[] {'a', (byte) 0xE9, 'b'});
    Path binary = write(directory.resolve("b.txt"), "x\0y");
    write(directory.resolve("c.txt"), "fine");
    DataReading reading = read(folders(directory, null, null));

    assertThat(texts(reading)).containsExactly("fine");
    assertThat(reading.problems()).hasSize(2);
    assertThat(reading.problems().get(0).file()).isEqualTo(latin.toString());
    assertThat(reading.problems().get(0).message()).contains("byte 1 (0xe9)");
    assertThat(reading.problems().get(1).file()).isEqualTo(binary.toString());
    assertThat(reading.problems().get(1).message()).contains("has a NUL at byte 1");
    assertThatThrownBy(reading::sound).hasMessageContaining("; " + binary);
  }

  @Test
  void tablesInADirectoryWithoutAStatedFormatAreReadAsTextWithAWarning() {
    write(directory.resolve("a.csv"), "a,b\n");
    DataReading reading = read(DataSource.of(directory.toString()));

    assertThat(texts(reading)).containsExactly("a,b\n");
    assertThat(problems(reading))
        .singleElement()
        .asString()
        .contains("1 files end in .csv")
        .contains("state data.format");
    assertThat(reading.usable()).isTrue();
    assertThat(reading.sound()).isSameAs(reading.dataset());
  }
}

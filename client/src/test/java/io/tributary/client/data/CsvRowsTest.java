package io.tributary.client.data;

import static io.tributary.client.data.Readings.csv;
import static io.tributary.client.data.Readings.problems;
import static io.tributary.client.data.Readings.read;
import static io.tributary.client.data.Readings.small;
import static io.tributary.client.data.Readings.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CsvRowsTest {
  @TempDir private Path directory;

  private Path write(String text) {
    return Readings.write(directory.resolve("mails.csv"), text);
  }

  private DataReading reading(String text) {
    return read(csv(write(text), "body", "kind"));
  }

  @Test
  void takesTheNamedColumnsWhereverTheyAre() {
    DataReading reading =
        reading("id,kind,body\r\n1,ham,hello\r\n2, spam ,\"buy, \"\"now\"\"\nplease\"\r\n");

    assertThat(texts(reading)).containsExactly("ham:hello", "spam:buy, \"now\"\nplease");
    assertThat(problems(reading)).isEmpty();
    assertThat(reading.rows()).isEqualTo(2);
    assertThat(reading.ownLabels()).containsEntry("ham", 1).containsEntry("spam", 1).hasSize(2);
  }

  @Test
  void endingsOfLinesAndAMarkAtTheBeginningMakeNoDifference() {
    for (String end : List.of("\n", "\r\n", "\r")) {
      String text = String.join(end, "body,kind", "a,x", "", "b,y") + end + end;
      assertThat(texts(reading(text))).containsExactly("x:a", "y:b");
      assertThat(texts(reading("\uFEFF" + text))).containsExactly("x:a", "y:b");
    }
  }

  @Test
  void textsOfSeveralColumnsAreJoinedWithoutTheEmptyOnes() {
    Path file = write("subject,body\nhi,there\n,alone\n");
    DataSource source =
        new DataSource(
            file.toString(), null, List.of("subject", "body"), null, null, null, null, null);

    assertThat(texts(read(source))).containsExactly("hi\nthere", "alone");
  }

  @Test
  void columnsWithoutAHeaderAreNumbered() {
    Path file = Readings.write(directory.resolve("mails.tsv"), "ham\thello\nspam\tbuy\n");
    DataSource source =
        new DataSource(file.toString(), null, List.of("2"), "1", null, null, false, null);

    assertThat(texts(read(source))).containsExactly("ham:hello", "spam:buy");
  }

  @Test
  void theDelimiterIsWhatTheSiteSays() {
    Path file = write("body;kind\na,b;x\n");
    DataSource source =
        new DataSource(file.toString(), null, List.of("body"), "kind", null, ";", null, null);

    assertThat(texts(read(source))).containsExactly("x:a,b");
  }

  @Test
  void labelsAreMappedAndCountedAsTheSiteCallsThem() {
    Path file = write("body,kind\na,0\nb,1\nc,other\n");
    DataSource source =
        new DataSource(
            file.toString(),
            null,
            List.of("body"),
            "kind",
            java.util.Map.of("0", "ham", "1", "spam", "2", "x"),
            null,
            null,
            null);
    DataReading reading = read(source);

    assertThat(texts(reading)).containsExactly("ham:a", "spam:b", "other:c");
    assertThat(reading.ownLabels()).containsOnlyKeys("0", "1", "other");
    assertThat(problems(reading))
        .containsExactly("data.labels maps 2 but no text here has that label");
    assertThat(reading.usable()).isTrue();
  }

  @Test
  void rowsWithoutTextAreCountedAndLeftOut() {
    DataReading reading = reading("body,kind\na,x\n,x\n\"  \",y\n");

    assertThat(texts(reading)).containsExactly("x:a");
    assertThat(reading.emptyTexts()).isEqualTo(2);
    assertThat(reading.rows()).isEqualTo(3);
    assertThat(reading.usable()).isTrue();
  }

  @Test
  void everyBadRowIsNamedByItsFirstLineAndTheOthersAreRead() {
    DataReading reading =
        reading(
            "body,kind\n"
                + "\"two\nlines\",x\n"
                + "short\n"
                + "one,two,three\n"
                + "no label, \n"
                + "n\0l,x\n"
                + "half \uD83D,x\n".replace("\uD83D", "?")
                + "fine,y\n");

    assertThat(texts(reading)).containsExactly("x:two\nlines", "x:half ?", "y:fine");
    assertThat(problems(reading))
        .satisfiesExactly(
            problem -> assertThat(problem).startsWith("4 the row has 1 columns but the first"),
            problem -> assertThat(problem).startsWith("5 the row has 3 columns"),
            problem -> assertThat(problem).startsWith("6 the label is empty"),
            problem -> assertThat(problem).startsWith("7 the text holds a NUL character"));
    assertThat(reading.usable()).isFalse();
    assertThatThrownBy(reading::sound)
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("mails.csv line 4: the row has 1 columns")
        .hasMessageContaining("put quotes around");
  }

  @Test
  void aQuoteThatIsNeverClosedEndsTheFileWithTheLineOfItsRow() {
    DataReading reading = reading("body,kind\na,x\nb,y\n\"cut off,z\nd,x\n");

    assertThat(texts(reading)).containsExactly("x:a", "y:b");
    assertThat(problems(reading)).singleElement().asString().startsWith("4 quotes do not fit");
  }

  @Test
  void anOpenQuoteInALongFileIsFoundWithoutReadingItAll() {
    Path file = write("body,kind\n\"open,x\n" + "some text,y\n".repeat(50_000));
    DataReading reading = DataReader.read(csv(file, "body", "kind"), small(10, 1_000, 5));

    assertThat(problems(reading))
        .singleElement()
        .asString()
        .startsWith("2 the row is longer than 1000 characters: is a quote not closed?");
  }

  @Test
  void aColumnThatIsNotThereOrThereTwiceIsSaidWithThoseThatAre() {
    assertThat(problems(reading("text,kind\na,x\n")).get(0))
        .contains("has no column body for data.text: its columns are text, kind")
        .contains("is data.delimiter right?");
    assertThat(problems(reading("body,kind,body\na,x,b\n")).get(0))
        .contains("has two columns body");
    assertThat(texts(reading("body,kind,id,id\na,x,1,2\n"))).containsExactly("x:a");
    assertThat(problems(reading("")).get(0)).contains("is empty");
    assertThat(problems(reading("body,kind\n")).get(0)).contains("is empty");
  }

  @Test
  void boundsHoldOnRowsColumnsLabelsAndProblems() {
    DataLimits limits = small(20, 1_000, 3);
    assertThatThrownBy(
            () ->
                DataReader.read(
                    csv(write("body,kind\n" + "a,x\n".repeat(21)), "body", "kind"), limits))
        .hasMessageContaining("more than 20 texts");
    assertThatThrownBy(
            () ->
                DataReader.read(
                    csv(write("body,kind\na,1\na,2\na,3\na,4\na,5\na,6\n"), "body", "kind"),
                    limits))
        .hasMessageContaining("more than 5 different labels")
        .hasMessageContaining("is data.label the right column?");
    DataReading wide = DataReader.read(csv(write("a,b,c,d,e,f,g,h,i,j,k\n"), "a", null), limits);
    assertThat(problems(wide).get(0)).contains("has 11 columns but the bound is 10");
    DataReading bad =
        DataReader.read(csv(write("body,kind\n" + "a\n".repeat(15)), "body", "kind"), limits);
    assertThat(bad.problems()).hasSize(3);
    assertThat(bad.problemsLeftOut()).isEqualTo(12);
    assertThatThrownBy(bad::sound).hasMessageContaining("and 12 more: `tributary client data`");
    DataReading longLabel =
        DataReader.read(
            csv(write("body,kind\na," + "x".repeat(21) + "\n"), "body", "kind"), limits);
    assertThat(problems(longLabel).get(0)).startsWith("2 the label has 21 characters");
  }

  @Test
  void aDirectoryOfFilesIsReadInTheirOrderEachWithItsHeader() {
    Readings.write(directory.resolve("t/b.csv"), "kind,body\ny,second\n");
    Readings.write(directory.resolve("t/a/c.csv"), "body,kind\nfirst,x\n");
    DataReading reading = read(csv(directory.resolve("t"), "body", "kind"));

    assertThat(texts(reading)).containsExactly("x:first", "y:second");
    assertThat(reading.files()).isEqualTo(2);
  }
}

package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DataSourceTest {
  @TempDir private Path directory;

  /** As a site's file has it. */
  private record Site(DataSource data) {}

  private static DataSource read(String data) {
    return ConfigReader.readYamlText(
            ("data: " + data).getBytes(StandardCharsets.UTF_8), Site.class, "site.yaml")
        .data();
  }

  @Test
  void isAPathAloneOrKeys() {
    assertThat(read("texts")).isEqualTo(DataSource.of("texts"));
    assertThat(read("{path: texts}")).isEqualTo(DataSource.of("texts"));
    DataSource stated =
        read(
            "{path: m.csv, format: csv, text: body, label: 2, labels: {junk: spam, 0: ham},"
                + " delimiter: ';', encoding: windows-1252}");
    assertThat(stated.text()).containsExactly("body");
    assertThat(stated.label()).isEqualTo("2");
    assertThat(stated.labelFor("junk")).isEqualTo("spam");
    assertThat(stated.labelFor("0")).isEqualTo("ham");
    assertThat(stated.labelFor("other")).isEqualTo("other");
    assertThat(stated.encoding()).isEqualTo(TextEncoding.WINDOWS_1252);
    assertThat(read("{path: m, text: [subject, body], format: json-lines}").text())
        .containsExactly("subject", "body");
  }

  @Test
  void readsWhatItPrints() {
    for (String data :
        List.of(
            "texts",
            "{path: m.csv, text: [a, b], label: c, labels: {x: 'y'}, delimiter: tab, header: true}",
            "{path: m, format: json-lines, text: a, encoding: utf-16}")) {
      Site site = new Site(read(data));
      byte[] printed = ConfigReader.toYaml(site).getBytes(StandardCharsets.UTF_8);
      assertThat(ConfigReader.readYamlText(printed, Site.class, "printed")).isEqualTo(site);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{format: csv, text: a} | data.path is missing",
        "{path: a, txt: b} | unknown key data.txt: did you mean data.text?",
        "{path: a, format: xml} | data.format must be one of text, folders, csv, json-lines",
        "{path: a, format: csv} | data.text is missing: data.format is csv",
        "{path: a, format: csv, text: []} | data.text has 0 names",
        "{path: a, format: csv, text: [b, b]} | name each column once",
        "{path: a, format: csv, text: ' '} | data.text must be the name of a column",
        "{path: a, format: text, text: b} | data.text is [b] but data.format is text, which does",
        "{path: a, format: folders, label: b} | data.label is b but data.format is folders",
        "{path: a, format: json-lines, text: b, delimiter: ';'} | data.delimiter is ; but",
        "{path: a, format: text, labels: {b: c}} | data.labels is {b=c} but data.format is text",
        "{path: a, format: csv, text: b, labels: {b: c}} | data.label is not: name the column",
        "{path: a, format: csv, text: b, delimiter: ';;'} | must be one character",
        "{path: a, format: csv, text: b, header: false} | must be the number of a column",
        "{path: a, encoding: latin} | data.encoding must be one of utf-8, iso-8859-1",
        "{path: a, labels: {' ': c}} | must have a label of this site",
        "{path: a, labels: {b: ' '}} | must have a label of this site",
        "[a] | data",
      })
  void refusesWhatDoesNotFitTogether(String data, String message) {
    assertThatThrownBy(() -> read(data))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining(message);
  }

  @Test
  void theFormatFollowsFromWhatIsThere() {
    for (String name : List.of("a.csv", "b.TSV")) {
      assertThat(DataFormat.at(directory.resolve(name))).isEqualTo(DataFormat.CSV);
    }
    for (String name : List.of("a.jsonl", "a.b.ndjson")) {
      assertThat(DataFormat.at(directory.resolve(name))).isEqualTo(DataFormat.JSON_LINES);
    }
    assertThat(DataFormat.at(directory.resolve("a.txt"))).isEqualTo(DataFormat.TEXT);
    assertThat(DataFormat.at(directory.resolve("csv"))).isEqualTo(DataFormat.TEXT);
    assertThat(DataFormat.at(directory)).isEqualTo(DataFormat.FOLDERS);
  }

  @Test
  void keysThatDoNotFitWhatIsThereAreFoundWhenItIsRead() {
    Path file = Readings.write(directory.resolve("m.csv"), "a,b\n");
    assertThatThrownBy(() -> Readings.read(DataSource.of(file.toString())))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("data.text is missing: data.format is csv");
  }
}

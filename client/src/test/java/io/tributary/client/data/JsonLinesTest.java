package io.tributary.client.data;

import static io.tributary.client.data.Readings.jsonLines;
import static io.tributary.client.data.Readings.problems;
import static io.tributary.client.data.Readings.read;
import static io.tributary.client.data.Readings.small;
import static io.tributary.client.data.Readings.texts;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonLinesTest {
  @TempDir private Path directory;

  private DataReading reading(String text) {
    Path file = Readings.write(directory.resolve("mails.jsonl"), text);
    return read(jsonLines(file, "body", "kind"));
  }

  @Test
  void takesTheNamedKeysAndPassesOverTheOthers() {
    DataReading reading =
        reading(
            """
            {"kind": "ham", "body": "hello\\nyou", "more": {"body": [1, {}]}}\r

            {"body": "caf\\u00e9", "kind": 1.50}
            {"body": "yes", "kind": true}""");

    assertThat(texts(reading)).containsExactly("ham:hello\nyou", "1.50:café", "true:yes");
    assertThat(problems(reading)).isEmpty();
  }

  @Test
  void textsThatAreEmptyOrNullAreCountedAndLeftOut() {
    DataReading reading =
        reading(
            """
            {"body":"","kind":"x"}
            {"body":null,"kind":"x"}
            {"body":"a","kind":"x"}
            """);

    assertThat(reading.emptyTexts()).isEqualTo(2);
    assertThat(texts(reading)).containsExactly("x:a");
    assertThat(reading.usable()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[1, 2] | the line is no JSON object",
        "\"text\" | the line is no JSON object",
        "{\"body\": \"a\" | the line is no valid JSON",
        "{\"body\": \"a\", \"kind\": \"x\"} {} | the line goes on after its object",
        "{\"body\": \"a\", \"body\": \"b\", \"kind\": \"x\"} | Duplicate field 'body'",
        "{\"kind\": \"x\"} | the object has no key body, which data.text names",
        "{\"body\": 3, \"kind\": \"x\"} | body is a number: data.text must name a text",
        "{\"body\": [\"a\"], \"kind\": \"x\"} | body is a list",
        "{\"body\": \"a\"} | the object has no label in key kind",
        "{\"body\": \"a\", \"kind\": null} | the object has no label in key kind",
        "{\"body\": \"a\", \"kind\": {}} | kind is an object: data.label must name one word",
        "{\"body\": \"a\", \"kind\": \" \"} | the label is empty",
        "{\"body\": \"a\\u0000\", \"kind\": \"x\"} | the text holds a NUL character",
        "{\"body\": \"a\\ud800\", \"kind\": \"x\"} | half a character",
        "{\"body\": NaN, \"kind\": \"x\"} | the line is no valid JSON",
      })
  void aBadLineIsNamedAndTheNextIsRead(String line, String message) {
    DataReading reading = reading("\n" + line + "\n{\"body\":\"b\",\"kind\":\"y\"}\n");

    assertThat(problems(reading)).singleElement().asString().startsWith("2 ").contains(message);
    assertThat(texts(reading)).containsExactly("y:b");
    assertThat(reading.rows()).isEqualTo(2);
    assertThat(reading.usable()).isFalse();
  }

  @Test
  void nestingIsBounded() {
    String deep = "[".repeat(100_000);
    DataReading reading = reading("{\"x\": " + deep + "\n{\"body\":\"b\",\"kind\":\"y\"}\n");

    assertThat(problems(reading)).singleElement().asString().contains("nesting depth");
    assertThat(texts(reading)).containsExactly("y:b");
  }

  @Test
  void aLineBeyondTheBoundIsPassedOverToItsEnd() {
    Path file =
        Readings.write(
            directory.resolve("long.jsonl"),
            "{\"body\":\"" + "a".repeat(100_000) + "\"}\n{\"body\":\"b\"}\n");
    DataReading reading = DataReader.read(jsonLines(file, "body", null), small(10, 1_000, 5));

    assertThat(problems(reading))
        .containsExactly("1 the line is longer than 1000 characters: shorten it");
    assertThat(texts(reading)).containsExactly("b");
  }
}

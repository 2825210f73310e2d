package io.tributary.client.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Each line of a JSON Lines file is one object with one text. A line that is none is reported, and
 * the next one is read. Blank lines are left out; keys that are not asked for may hold anything.
 */
final class JsonLines implements TextFormat {
  private static final int MAX_NESTING = 32;
  private static final int MAX_NUMBER_CHARS = 64;
  private static final int MAX_NAME_CHARS = 1_000;

  private static final int MAX_MESSAGE_CHARS = 200;

  private final JsonFactory json;

  JsonLines(DataLimits limits) {
    this.json =
        new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxNameLength(MAX_NAME_CHARS)
                    .maxStringLength(limits.maxRowChars())
                    .build())
            // Keys of strangers would otherwise stay in a table that all parsers share.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
  }

  @Override
  public void read(Path file, TextCollector into) throws IOException {
    int bound = into.limits().maxRowChars();
    try (BoundedLines lines = new BoundedLines(TextFormat.open(file, into), bound)) {
      String line = lines.next();
      for (long number = 1; line != null; number++, line = lines.next()) {
        if (lines.tooLong()) {
          into.countRow();
          into.problems()
              .unreadable(
                  file, number, "the line is longer than " + bound + " characters: shorten it");
        } else if (!line.isBlank()) {
          readLine(file, number, line, into);
        }
      }
    }
  }

  private void readLine(Path file, long number, String line, TextCollector into)
      throws IOException {
    try (JsonParser parser = json.createParser(line)) {
      Map<String, Value> values = values(parser, wanted(into.source()));
      into.addRow(file, number, text(into.source(), values), label(into.source(), values));
    } catch (JsonProcessingException e) {
      bad(
          file,
          number,
          "the line is no valid JSON (" + firstLine(e) + "): mend or remove it",
          into);
    } catch (BadTextException e) {
      bad(file, number, e.getMessage(), into);
    }
  }

  private static void bad(Path file, long number, String problem, TextCollector into) {
    into.countRow();
    into.problems().unreadable(file, number, problem);
  }

  private static String firstLine(JsonProcessingException e) {
    String message = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
    return message.length() > MAX_MESSAGE_CHARS
        ? message.substring(0, MAX_MESSAGE_CHARS) + "…"
        : message;
  }

  private static Set<String> wanted(DataSource source) {
    Set<String> wanted = new HashSet<>(source.text());
    if (source.label() != null) {
      wanted.add(source.label());
    }
    return wanted;
  }

  /** What a wanted key holds. */
  private record Value(JsonToken kind, String text) {}

  /** The values of the wanted keys, once the whole line has proved to be one object. */
  private static Map<String, Value> values(JsonParser parser, Set<String> wanted)
      throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new BadTextException(
          "the line is no JSON object: JSON Lines has one object, in braces, on each line");
    }
    Map<String, Value> values = new HashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken kind = parser.nextToken();
      if (wanted.contains(name)) {
        values.put(name, new Value(kind, kind.isScalarValue() ? parser.getText() : null));
      }
      parser.skipChildren();
    }
    if (parser.nextToken() != null) {
      throw new BadTextException("the line goes on after its object: put each on its own line");
    }
    return values;
  }

  private static String text(DataSource source, Map<String, Value> values) throws BadTextException {
    List<String> parts = new ArrayList<>();
    for (String name : source.text()) {
      Value value = values.get(name);
      if (value == null) {
        throw new BadTextException("the object has no key " + name + ", which data.text names");
      }
      if (value.kind() == JsonToken.VALUE_STRING) {
        if (!value.text().isBlank()) {
          parts.add(value.text());
        }
      } else if (value.kind() != JsonToken.VALUE_NULL) {
        throw new BadTextException(
            name + " is " + nameOf(value.kind()) + ": data.text must name a text in quotes");
      }
    }
    return String.join("\n", parts);
  }

  /** A label may be a number or a truth value, taken as it is written. */
  private static String label(DataSource source, Map<String, Value> values)
      throws BadTextException {
    if (source.label() == null) {
      return null;
    }
    Value value = values.get(source.label());
    if (value == null || value.kind() == JsonToken.VALUE_NULL) {
      throw new BadTextException(
          "the object has no label in key " + source.label() + ": fill it in, or remove the line");
    }
    if (!value.kind().isScalarValue()) {
      throw new BadTextException(
          source.label() + " is " + nameOf(value.kind()) + ": data.label must name one word");
    }
    return value.text();
  }

  private static String nameOf(JsonToken kind) {
    return switch (kind) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      default -> "a number";
    };
  }
}

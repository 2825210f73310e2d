package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.job.JobSpec;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** {@code docs/jobs.md} has a row for every field of a job, and its examples are read. */
class JobFieldsTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "jobs.md");
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-z0-9.-]+)` \\| [^|]+ \\| (`.+`) \\| [^|]+ \\|");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final String SMALLEST =
      """
      name: first-job
      rounds: 3
      model: {preset: gpt-tiny}
      local: {learning-rate: 0.003, epochs: 1}
      round: {cohort: 2}
      """;

  @Test
  void everyFieldHasARowAndEveryRowAField() throws IOException {
    Set<String> fields = new TreeSet<>();
    collect("", JobSpec.class, fields);
    assertThat(fields).hasSizeGreaterThan(80).contains("model.position.max-distance", "seed");
    assertThat(rows().keySet()).containsExactlyInAnyOrderElementsOf(fields);
  }

  @Test
  void theSmallestJobIsTheOneInTheDocument() throws IOException {
    assertThat(Files.readString(DOCUMENT)).contains("```yaml\n" + SMALLEST + "```");
  }

  @TestFactory
  List<DynamicTest> everyExampleIsPartOfAJob() throws IOException {
    return rows().entrySet().stream()
        .map(row -> DynamicTest.dynamicTest(row.getKey(), () -> check(row)))
        .toList();
  }

  private static void check(Map.Entry<String, String> row) {
    ObjectNode example = yaml(row.getValue());
    JsonNode stated = example;
    for (String key : row.getKey().split("\\.", -1)) {
      assertThat(stated.get(key)).as("%s in %s", key, row.getValue()).isNotNull();
      stated = stated.get(key);
    }
    ObjectNode job = yaml(SMALLEST);
    job.setAll(example);
    assertThat(
            ConfigReader.readJson(
                job.toString().getBytes(StandardCharsets.UTF_8), JobSpec.class, row.getValue()))
        .isNotNull();
  }

  private static ObjectNode yaml(String text) {
    return ConfigReader.readYamlText(text.getBytes(StandardCharsets.UTF_8), ObjectNode.class, text);
  }

  private static Map<String, String> rows() throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    for (String line : Files.readAllLines(DOCUMENT)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        String example =
            CODE.matcher(row.group(2))
                .results()
                .map(code -> code.group(1))
                .collect(Collectors.joining("\n"));
        assertThat(rows.put(row.group(1), example)).as("second row of %s", row.group(1)).isNull();
      } else {
        assertThat(line)
            .as("a row that is none")
            .doesNotContain("| `data.")
            .doesNotContain("| `model.");
      }
    }
    return rows;
  }

  /** Groups of keys are records; their own keys are the fields, unless the group is a list. */
  private static void collect(String parent, Class<?> type, Set<String> fields) {
    for (RecordComponent component : type.getRecordComponents()) {
      String key = parent + kebab(component.getName());
      boolean choice = component.getType().isRecord();
      if (choice) {
        collect(key + ".", component.getType(), fields);
      }
      if (!choice || key.equals("local.site-steps")) {
        fields.add(key);
      }
    }
  }

  private static String kebab(String name) {
    return name.replaceAll("(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }
}

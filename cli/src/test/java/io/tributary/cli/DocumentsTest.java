package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.model.AttentionRules;
import io.tributary.common.model.FeedForwardRules;
import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelPresets;
import io.tributary.common.model.NormRules;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.model.Stack;
import io.tributary.common.model.TuningRules;
import io.tributary.common.store.CrashMoment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents promise to cover, they cover. */
class DocumentsTest {
  private static final Path DOCS = Path.of("..", "docs");

  @Test
  void everyCrashMomentHasItsRecovery() throws IOException {
    String durability = Files.readString(DOCS.resolve("durability.md"));
    for (CrashMoment moment : CrashMoment.values()) {
      assertThat(durability.lines().filter(line -> line.startsWith("| " + moment + " |")))
          .as("row of %s", moment)
          .hasSize(1);
    }
  }

  @Test
  void linksBetweenDocumentsLeadSomewhere() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(Path.of("..", "README.md")));
    try (Stream<Path> below = Files.walk(DOCS)) {
      below.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    }
    assertThat(documents).hasSizeGreaterThan(30);
    for (Path document : documents) {
      Matcher link =
          Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)").matcher(Files.readString(document));
      while (link.find()) {
        assertThat(document.resolveSibling(link.group(1))).as("linked in %s", document).exists();
      }
    }
  }

  @Test
  void everyChoiceOfAModelIsListed() throws IOException {
    String models = Files.readString(DOCS.resolve("models.md"));
    Map<String, Enum<?>[]> choices =
        Map.of(
            "Position", PositionRules.Kind.values(),
            "Attention", AttentionRules.Kind.values(),
            "Feed-forward", FeedForwardRules.Kind.values(),
            "Heads", HeadRules.Kind.values(),
            "Stacks", Stack.values(),
            "Tuning", TuningRules.Kind.values(),
            "Recurrent", RecurrentConfig.Cell.values());
    choices.forEach((title, values) -> assertRows(section(models, title), values));
    assertRows(section(models, "Attention"), AttentionRules.Pattern.values());
    for (Enum<?> choice : new Enum<?>[] {NormRules.Kind.RMS_NORM, NormRules.Place.AFTER}) {
      assertThat(models).contains("| | `" + choice + "` |");
    }
    for (String layer : TuningRules.LINEAR_LAYERS) {
      assertThat(models).contains("`" + layer + "`");
    }
  }

  private static void assertRows(String section, Enum<?>... choices) {
    for (Enum<?> choice : choices) {
      assertThat(section.lines().filter(line -> line.startsWith("| `" + choice + "`")))
          .as("row of %s", choice)
          .hasSize(1);
    }
  }

  private static String section(String document, String title) {
    int from = document.indexOf("\n## " + title);
    assertThat(from).as("section %s", title).isPositive();
    return document.substring(from, document.indexOf("\n## ", from + 1));
  }

  @Test
  void everyPresetIsListedWithItsParameters() throws IOException {
    String models = Files.readString(DOCS.resolve("models.md"));
    for (String name : ModelPresets.names()) {
      long count = ModelPresets.config(name).layout().parameterCount();
      assertThat(models).contains(String.format(Locale.ROOT, "| `%s` | %,d |", name, count));
    }
  }
}

package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.store.CrashMoment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    for (String name : new String[] {"consistency.md", "durability.md"}) {
      String text = Files.readString(DOCS.resolve(name));
      Matcher link = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)").matcher(text);
      while (link.find()) {
        assertThat(DOCS.resolve(link.group(1))).exists();
      }
    }
  }
}

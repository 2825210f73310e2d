package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What does not fit is refused before anything is measured. */
class BenchFoldCommandTest {
  private static String errors(int exitCode, String... words) {
    StringWriter errors = new StringWriter();
    CommandLine commandLine =
        Main.commandLine()
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(errors));
    assertThat(commandLine.execute(words)).as(errors.toString()).isEqualTo(exitCode);
    return errors.toString();
  }

  @Test
  void numbersBeyondTheirBoundsAreWrongUsage() {
    String[][] wrong = {
      {"--rules", "mode", "--rules names \"mode\" but the rules are [weighted-mean,"},
      {"--sites", "2049", "--sites is 2049 but must be 1 to 2048"},
      {"--parameters", "0", "--parameters is 0 but must be 1 to 200000000"},
      {"--repeats", "0", "--repeats is 0"},
    };
    for (String[] row : wrong) {
      assertThat(errors(2, "bench", "fold", row[0], row[1]))
          .contains(row[2])
          .doesNotContain("\tat ");
    }
  }

  @Test
  void aRuleThatDoesNotApplyToTheNumberOfUpdatesIsWrongUsage() {
    assertThat(errors(2, "bench", "fold", "--sites", "2", "--rules", "krum"))
        .contains("needs at least 2 · 0 + 3 = 3 updates, but 2 came")
        .doesNotContain("\tat ");
  }

  @Test
  void anAttackByMoreSitesThanThereAreIsWrongUsage() {
    assertThat(errors(2, "bench", "attack", "--sites", "3", "--attackers", "4"))
        .contains("--attackers is 4 but must be 0 to 3");
  }
}

package io.tributary.examples.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TwoSitesTest {
  private static final Path SOURCES = Path.of("src/main/java/io/tributary/examples/library");

  @TempDir Path home;

  @Test
  void twoSitesThatSawAnEndEachFindTheLine() {
    float[] line = TwoSites.train(home);
    assertThat(line[0]).isCloseTo(2, within(0.02f));
    assertThat(line[1]).isCloseTo(1, within(0.02f));
  }

  @Test
  void itIsSixtyLinesTrainerIncluded() throws IOException {
    assertThat(linesOfCode("TwoSites.java")).isBetween(30L, 60L);
  }

  /** Neither blank, nor comment, nor import. */
  private static long linesOfCode(String file) throws IOException {
    try (Stream<String> lines = Files.lines(SOURCES.resolve(file))) {
      return lines
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("import ") && !line.startsWith("*"))
          .filter(line -> !line.startsWith("/*"))
          .count();
    }
  }
}

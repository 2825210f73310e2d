package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.model.TextModelConfig;
import io.tributary.common.random.CounterRandom;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TextCopiesTest {
  @TempDir private Path directory;

  private TokenizedTexts texts(List<String> lines) {
    Path file =
        Readings.write(
            directory.resolve("t.jsonl"),
            lines.stream()
                .map(line -> "{\"body\": \"" + line + "\"}\n")
                .collect(Collectors.joining()));
    TextDataset dataset = Readings.read(Readings.jsonLines(file, "body", null)).sound();
    return SiteData.of(dataset).by(TextModelConfig.BYTES).orElseThrow();
  }

  @Test
  void countsWhatASetOfTheTextsLeavesOut() {
    for (long seed = 0; seed < 50; seed++) {
      CounterRandom random = new CounterRandom(seed, "copies");
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        lines.add("a".repeat(1 + random.nextInt(3)) + random.nextInt(10));
      }
      assertThat(new TextCopies(texts(lines)).count())
          .isEqualTo(lines.size() - new HashSet<>(lines).size());
    }
  }

  @Test
  void aCopyCountsWhereOneJudgesAndAnotherIsTrainedOn() {
    // Joined: "aa\nbb\naa\nbb\naa\ncc"
    TokenizedTexts texts = texts(List.of("aa", "bb", "aa", "bb", "aa", "cc"));
    byte[] heldOut = "..................".getBytes(StandardCharsets.US_ASCII);
    TextCopies copies = new TextCopies(texts);
    assertThat(copies.acrossSplit((start, end) -> held(heldOut, start, end))).isZero();
    heldOut[0] = 'h';
    heldOut[1] = 'h';
    assertThat(copies.acrossSplit((start, end) -> held(heldOut, start, end))).isEqualTo(1);
    heldOut[6] = 'h'; // half of the third text, which is trained on and judges
    heldOut[15] = 'h';
    assertThat(copies.acrossSplit((start, end) -> held(heldOut, start, end))).isEqualTo(2);
    heldOut[3] = 'h';
    heldOut[4] = 'h';
    heldOut[9] = 'h';
    heldOut[10] = 'h'; // both copies judge: no harm
    assertThat(copies.acrossSplit((start, end) -> held(heldOut, start, end))).isEqualTo(2);
  }

  private static int held(byte[] heldOut, int start, int end) {
    int count = 0;
    for (int i = start; i < end; i++) {
      count += heldOut[i] == 'h' ? 1 : 0;
    }
    return count;
  }

  @Test
  void quantilesAreNearestRanks() {
    List<String> lines = new ArrayList<>();
    for (int i = 100; i >= 1; i--) {
      lines.add("x".repeat(i));
    }
    TokenizedTexts texts = texts(lines);
    assertThat(TextLengths.of(texts)).isEqualTo(new TextLengths(1, 50, 90, 99, 100));
    assertThat(TextLengths.longerThan(texts, 98)).isEqualTo(2);
    assertThat(TextLengths.of(texts(List.of("abc")))).isEqualTo(new TextLengths(3, 3, 3, 3, 3));
  }
}

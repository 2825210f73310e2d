package io.tributary.transformer.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class StopSequencesTest {
  @Test
  void cutsBeforeTheSequenceThatIsCompleteFirst() {
    assertThat(cut("one.two!", 0, "!", ".")).isEqualTo(3);
    assertThat(cut("one two", 0, "!")).isEqualTo(-1);
    assertThat(cut("ab", 0, "ab")).isZero();
  }

  @Test
  void ofSequencesThatEndTogetherTheLongestCounts() {
    assertThat(cut("xxabc", 0, "c", "abc", "bc")).isEqualTo(2);
  }

  @Test
  void sequencesMayBeginInWhatWasSearched() {
    assertThat(cut("xxab", 3, "ab")).isEqualTo(2);
    assertThat(cut("abxx", 3, "ab")).as("complete before: not looked for again").isEqualTo(-1);
  }

  @Test
  void whatMayBecomeASequenceIsHeldBack() {
    assertThat(held("say \r", "\r\n\r\n")).isEqualTo(1);
    assertThat(held("say \r\n\r", "\r\n\r\n", "\n")).isEqualTo(3);
    assertThat(held("aab", "aabc", "ab!")).isEqualTo(3);
    assertThat(held("xab", "aabc", "ab!")).isEqualTo(2);
    assertThat(held("say", "!")).isZero();
    assertThat(held("")).isZero();
  }

  @Property(tries = 500)
  void searchingByPiecesFindsWhatSearchingAtOnceDoesAndNeverTakesBackWhatWasNotHeld(
      @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 30) String text,
      @ForAll @Size(min = 1, max = 3)
          List<@CharRange(from = 'a', to = 'b') @StringLength(min = 1, max = 5) String> stops) {
    String[] sequences = stops.toArray(String[]::new);
    int expected = -1;
    int firstEnd = Integer.MAX_VALUE;
    for (String stop : stops) { // naive: earliest end, then earliest start
      int at = text.indexOf(stop);
      int end = at + stop.length();
      if (at >= 0 && (end < firstEnd || (end == firstEnd && at < expected))) {
        firstEnd = end;
        expected = at;
      }
    }
    assertThat(cut(text, 0, sequences)).isEqualTo(expected);
    int settled = 0;
    for (int length = 1; length <= text.length(); length++) {
      int cut = cut(text.substring(0, length), length - 1, sequences);
      if (cut >= 0) {
        assertThat(cut).isEqualTo(expected).isGreaterThanOrEqualTo(settled);
        return;
      }
      settled = length - held(text.substring(0, length), sequences);
    }
    assertThat(expected).isEqualTo(-1);
  }

  @Test
  void boundsAreNamed() {
    assertThatThrownBy(() -> stops("")).hasMessageContaining("a stop sequence has 0 bytes");
    assertThatThrownBy(() -> stops("x".repeat(257))).hasMessageContaining("257 bytes");
    assertThatThrownBy(() -> new StopSequences(Collections.nCopies(17, new byte[] {1})))
        .hasMessageContaining("17 stop sequences");
  }

  private static int cut(String text, int searched, String... sequences) {
    return stops(sequences).cut(text.getBytes(ISO_8859_1), text.length(), searched);
  }

  private static int held(String text, String... sequences) {
    return stops(sequences).held(text.getBytes(ISO_8859_1), text.length());
  }

  private static StopSequences stops(String... sequences) {
    return new StopSequences(Stream.of(sequences).map(s -> s.getBytes(ISO_8859_1)).toList());
  }
}

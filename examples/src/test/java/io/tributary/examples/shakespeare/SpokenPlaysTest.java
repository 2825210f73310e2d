package io.tributary.examples.shakespeare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpokenPlaysTest {
  private static List<SpeakingRole> read(String xml) throws IOException {
    InputStream bytes = new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8));
    return SpokenPlays.read("play", bytes);
  }

  @Test
  void keepsLinesAndLeavesOutStageDirections() throws IOException {
    assertThat(
            read(
                "<PLAY><SPEECH><SPEAKER>A</SPEAKER><LINE><STAGEDIR>Aside</STAGEDIR> Hail!</LINE>"
                    + "<STAGEDIR>Exit</STAGEDIR><LINE>Go  on.</LINE></SPEECH>"
                    + "<SPEECH><SPEAKER>B</SPEAKER><LINE>Who?</LINE></SPEECH>"
                    + "<SPEECH><SPEAKER>A</SPEAKER><LINE>Me.</LINE></SPEECH></PLAY>"))
        .containsExactly(
            new SpeakingRole("play", "A", "Hail!\nGo on.\n\nMe.\n\n"),
            new SpeakingRole("play", "B", "Who?\n\n"));
  }

  @Test
  void severalSpeakersAtOnceSpeakAsAll() throws IOException {
    assertThat(
            read(
                "<P><SPEECH><SPEAKER>A</SPEAKER><SPEAKER>B</SPEAKER><LINE>Ay.</LINE></SPEECH></P>"))
        .extracting(SpeakingRole::name)
        .containsExactly("ALL");
  }

  @Test
  void brokenXmlIsAnInputOutputError() {
    assertThatThrownBy(() -> read("<PLAY><SPEECH>"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the play play cannot be read");
  }

  @Test
  void theThreePlaysHaveTheKnownSizes() throws IOException {
    List<SpeakingRole> roles = SpokenPlays.read();
    assertThat(roles).hasSizeBetween(110, 125);
    int total = roles.stream().mapToInt(SpeakingRole::sizeBytes).sum();
    assertThat(total).isBetween(370_000, 395_000);
    SpeakingRole largest =
        roles.stream()
            .max(java.util.Comparator.comparingInt(SpeakingRole::sizeBytes))
            .orElseThrow();
    assertThat(largest.name()).isEqualTo("HAMLET");
    assertThat(largest.sizeBytes()).isBetween(60_000, 63_500);
    assertThat(largest.text()).contains("To be, or not to be: that is the question:");
  }
}

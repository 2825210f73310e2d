package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ChildLogTest {
  private final List<String> logged = new ArrayList<>();
  // Near the end of the range: a clock of nanoseconds may overflow.
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final ChildLog log = new ChildLog(logged::add, now::get);

  private void say(String text) {
    log.line(new LineReader.Line(text.getBytes(StandardCharsets.UTF_8), false));
  }

  @Test
  void letsABurstPassAndThenALineEachTenthOfASecond() {
    for (int i = 0; i < 1_000; i++) {
      say("line " + i);
    }
    assertThat(logged).hasSize(ChildLog.BURST);
    now.addAndGet(TimeUnit.SECONDS.toNanos(1));
    for (int i = 0; i < 1_000; i++) {
      say("later " + i);
    }
    assertThat(logged)
        .hasSize(ChildLog.BURST + 1 + ChildLog.LINES_A_SECOND)
        .contains("(900 lines left out)");
  }

  @Test
  void keepsTheLastLinesEvenOfAFlood() {
    for (int i = 0; i < 1_000; i++) {
      say("line " + i);
    }
    assertThat(log.lastLines()).hasSize(ChildLog.KEPT).endsWith("line 998", "line 999");
  }

  @Test
  void marksWhatWasCutAndTakesTheTeethOutOfEscapes() {
    log.line(new LineReader.Line("\u001b[31mred".getBytes(StandardCharsets.UTF_8), true));
    assertThat(logged).containsExactly("?[31mred ...");
  }
}

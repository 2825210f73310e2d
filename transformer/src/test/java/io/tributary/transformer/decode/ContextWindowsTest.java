package io.tributary.transformer.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ContextWindowsTest {
  @Test
  void aFullContextStartsAfreshFromItsLastHalf() {
    ContextWindows windows = new ContextWindows(1, 6, 100);
    windows.start(new int[][] {{1, 2, 3, 4, 5}});
    assertThat(windows.append(0, 6)).isFalse();
    assertThat(windows.tokens(0)).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(windows.append(0, 7)).isTrue();
    assertThat(windows.tokens(0)).containsExactly(5, 6, 7);
    assertThat(windows.append(0, 8)).isFalse();
    assertThat(windows.tokens(0)).containsExactly(5, 6, 7, 8);
  }

  @Test
  void oddAndTinyContextsKeepAtLeastTheNewToken() {
    ContextWindows windows = new ContextWindows(1, 1, 10);
    windows.start(new int[][] {{1}});
    assertThat(windows.append(0, 2)).isTrue();
    assertThat(windows.tokens(0)).containsExactly(2);
    assertThat(ContextWindows.keptWhenFull(5)).isEqualTo(2);
    assertThat(ContextWindows.keptWhenFull(64)).isEqualTo(32);
  }

  @Test
  void longPromptsKeepTheirEnd() {
    ContextWindows windows = new ContextWindows(2, 3, 10);
    windows.start(new int[][] {{1, 2, 3, 4, 5}, {6}});
    assertThat(windows.tokens(0)).containsExactly(3, 4, 5);
    assertThat(windows.tokens(1)).containsExactly(6);
  }

  @Test
  void reorderingCopiesWindowsThatThenGrowApart() {
    ContextWindows windows = new ContextWindows(3, 4, 10);
    windows.start(new int[][] {{1}, {2, 3}, {4}});
    windows.reorder(new int[] {1, 1, 0});
    windows.append(0, 9);
    assertThat(windows.tokens(0)).containsExactly(2, 3, 9);
    assertThat(windows.tokens(1)).containsExactly(2, 3);
    assertThat(windows.tokens(2)).containsExactly(1);
  }

  @Test
  void badUseIsRefused() {
    ContextWindows windows = new ContextWindows(1, 4, 10);
    assertThatThrownBy(() -> windows.start(new int[][] {{}}))
        .hasMessageContaining("prompt 0 has no tokens");
    assertThatThrownBy(() -> windows.start(new int[][] {{10}}))
        .hasMessageContaining("token 10 is outside");
    assertThatThrownBy(() -> windows.append(0, -1)).hasMessageContaining("token -1 is outside");
    assertThatThrownBy(() -> windows.start(new int[][] {{1}, {2}}))
        .hasMessageContaining("2 prompts");
    assertThatThrownBy(() -> new ContextWindows(0, 4, 10)).hasMessageContaining("is 0");
  }
}

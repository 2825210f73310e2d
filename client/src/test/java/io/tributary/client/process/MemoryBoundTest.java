package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryBoundTest {
  @Test
  void seesWhatAProcessHolds() {
    assumeTrue(MemoryBound.watches(), "no /proc here");
    long before = MemoryBound.residentBytes(ProcessHandle.current());
    assertThat(before).isBetween(10L << 20, 64L << 30);
  }

  @Test
  void keepsTheCommandAsItStands() {
    List<String> command = List.of("/usr/bin/python3", "train.py", "--core=1");
    List<String> bounded = MemoryBound.bounded(command, 1 << 20);
    assertThat(bounded.subList(bounded.size() - 3, bounded.size())).isEqualTo(command);
  }
}

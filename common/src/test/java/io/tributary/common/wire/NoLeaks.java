package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class after which Netty's paranoid detector found a buffer nobody released. */
final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
  private LogCapture leaks;

  @Override
  public void beforeAll(ExtensionContext context) {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    leaks = LogCapture.ofLeaks();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    try {
      for (int i = 0; i < 5; i++) {
        System.gc();
        // A detector reports when the next buffer is tracked.
        ByteBufAllocator.DEFAULT.directBuffer(16).release();
        ByteBufAllocator.DEFAULT.heapBuffer(16).release();
      }
      assertThat(leaks.lines()).isEmpty();
    } finally {
      leaks.close();
    }
  }
}

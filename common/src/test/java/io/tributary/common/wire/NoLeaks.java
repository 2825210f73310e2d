package io.tributary.common.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test class after which Netty's paranoid detector found a buffer nobody released. */
final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
  private static final int COLLECTIONS = 50;
  private static final long WAIT_MILLIS = 200;

  private LogCapture leaks;

  @Override
  public void beforeAll(ExtensionContext context) {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    leaks = LogCapture.ofLeaks();
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    try {
      collectGarbage();
      // A detector reports when the next buffer is tracked.
      ByteBufAllocator.DEFAULT.directBuffer(16).release();
      ByteBufAllocator.DEFAULT.heapBuffer(16).release();
      assertThat(leaks.lines()).isEmpty();
    } finally {
      leaks.close();
    }
  }

  /**
   * Returns once every reference to what was unreachable has been handed to its queue: the second
   * sentinel is handed over after all that the collector found together with the first.
   */
  private static void collectGarbage() throws InterruptedException {
    for (int sentinels = 0; sentinels < 2; sentinels++) {
      ReferenceQueue<Object> handedOver = new ReferenceQueue<>();
      PhantomReference<Object> sentinel = new PhantomReference<>(new Object(), handedOver);
      Reference<?> collected = null;
      for (int i = 0; i < COLLECTIONS && collected == null; i++) {
        System.gc();
        collected = handedOver.remove(WAIT_MILLIS);
      }
      assertThat(collected).as("collected by System.gc()").isSameAs(sentinel);
    }
  }
}

package io.tributary.transformer.pretrained;

import io.tributary.common.random.CounterRandom;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** Damages a valid file, the same way for the same seed, and measures what reading it allocates. */
public final class Mutation {
  private static final byte[] EXTREMES = {0, 1, -1, 0x7F, (byte) 0x80, '"', '{', '[', '9', '-'};

  private Mutation() {}

  /** One to four of: a changed byte, an extreme byte, a cut, a run moved elsewhere. */
  public static byte[] of(byte[] file, long seed) {
    CounterRandom random = new CounterRandom(seed, "mutation");
    byte[] bytes = file.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes && bytes.length > 0; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = EXTREMES[random.nextInt(EXTREMES.length)];
        case 2 -> bytes = Arrays.copyOf(bytes, at);
        case 3 -> {
          int length = random.nextInt(Math.min(16, bytes.length - at)) + 1;
          int to = random.nextInt(bytes.length - length + 1);
          System.arraycopy(bytes.clone(), at, bytes, to, length);
        }
        default -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4), (byte) 0xFF);
      }
    }
    return bytes;
  }

  /** Bytes that this thread has allocated so far. */
  public static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }
}

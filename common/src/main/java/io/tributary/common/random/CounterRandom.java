package io.tributary.common.random;

import java.nio.charset.StandardCharsets;

/**
 * A counter-based random generator: value {@code n} of a stream is a pure function of (seed,
 * stream, n), with the same bits on every JVM, CPU and thread count.
 *
 * <p>Everything reproducible in a job draws from it: initial weights on the coordinator, batches
 * and held-out splits at the sites, the selection of sites. It is <b>not</b> for secrets.
 *
 * <p>The mix is SplitMix64's finalizer (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014, variant 13 of Stafford): the state of stream {@code s} of seed {@code
 * k} starts at {@code mix(mix(k) ^ (s * C))}, its n-th value is {@code mix(start + (n + 1) * G)}
 * with the golden gamma {@code G}. {@code C} is odd, so that different streams start at different
 * states. Period 2^64 in each stream.
 *
 * <p>Not thread-safe: the counter is the only mutable state.
 */
public final class CounterRandom {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final long STREAM_FACTOR = 0xD1342543DE82EF95L;

  private final long start;
  private long counter;

  private double spareGaussian;
  private boolean hasSpareGaussian;

  /**
   * Opens a stream at its first value.
   *
   * @param seed which family of streams
   * @param stream which stream of the family
   */
  public CounterRandom(long seed, long stream) {
    this.start = mix(mix(seed) ^ (stream * STREAM_FACTOR));
  }

  /** Opens a stream named by a text, such as a tensor's name. */
  public CounterRandom(long seed, String stream) {
    this(seed, streamOf(stream));
  }

  /**
   * A seed for a part of something seeded, such as (job seed, site, round): equal parts give equal
   * seeds, and parts do not collide by addition.
   */
  public static long deriveSeed(long seed, long... parts) {
    long derived = mix(seed + GOLDEN_GAMMA);
    for (long part : parts) {
      derived = mix(mix(derived ^ (part * STREAM_FACTOR)) + GOLDEN_GAMMA);
    }
    return derived;
  }

  /** A stream number for a text: FNV-1a over its UTF-8 bytes. */
  public static long streamOf(String text) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return hash;
  }

  /** The next 64 uniform bits. */
  public long nextLong() {
    return mix(start + ++counter * GOLDEN_GAMMA);
  }

  /** The next uniform value in [0, 1), a multiple of 2^-53. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /**
   * The next uniform integer in [0, bound), without bias.
   *
   * @param bound at least 1
   */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound is " + bound + ": it must be at least 1");
    }
    // Lemire's multiply-shift with rejection, on 32 high-quality bits.
    long product = (nextLong() >>> 32) * bound;
    long low = product & 0xFFFFFFFFL;
    if (low < bound) {
      long threshold = (1L << 32) % bound;
      while (low < threshold) {
        product = (nextLong() >>> 32) * bound;
        low = product & 0xFFFFFFFFL;
      }
    }
    return (int) (product >>> 32);
  }

  /**
   * The next standard normal value, by Box and Muller's transform in {@link StrictMath}, whose bits
   * are fixed by its definition.
   */
  public double nextGaussian() {
    if (hasSpareGaussian) {
      hasSpareGaussian = false;
      return spareGaussian;
    }
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    double angle = 2 * Math.PI * nextDouble();
    spareGaussian = radius * StrictMath.sin(angle);
    hasSpareGaussian = true;
    return radius * StrictMath.cos(angle);
  }

  /** Shuffles in place (Fisher and Yates): every order is equally likely. */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  /** A random order of 0 .. size - 1. */
  public int[] permutation(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    shuffle(order);
    return order;
  }

  private static long mix(long value) {
    long mixed = value;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}

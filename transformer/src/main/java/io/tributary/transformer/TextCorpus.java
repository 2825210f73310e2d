package io.tributary.transformer;

import io.tributary.common.random.CounterRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A site's text, split into bytes to train on and bytes to judge on.
 *
 * <p>Held-out bytes form several contiguous blocks, one at a seeded place in each of as many equal
 * segments of the text, so that they resemble the whole of it. No training window touches a
 * held-out byte and no held-out window leaves its block. The split depends on (length, share,
 * context, seed) alone.
 *
 * <p>The bytes are not copied and must not change.
 */
public final class TextCorpus {
  /** A text shorter than this is trained on whole. */
  public static final int MIN_BYTES_TO_HOLD_OUT = 20;

  /** Most blocks of one text: more would only cut it into smaller pieces. */
  private static final int MAX_BLOCKS = 16;

  /** A block holds at least this many contexts, as its first byte is never predicted. */
  private static final int MIN_BLOCK_CONTEXTS = 4;

  private static final long SPLIT_STREAM = CounterRandom.streamOf("held-out split");
  private static final long OFFSET_STREAM = CounterRandom.streamOf("window offset");

  /** A half-open stretch of bytes. */
  record Region(int start, int end) {
    int size() {
      return end - start;
    }
  }

  private final byte[] text;
  private final int contextLength;
  private final List<Region> heldOut;
  private final List<Region> training;

  private TextCorpus(byte[] text, int contextLength, List<Region> heldOut) {
    this.text = text;
    this.contextLength = contextLength;
    this.heldOut = List.copyOf(heldOut);
    List<Region> rest = new ArrayList<>();
    int start = 0;
    for (Region block : heldOut) {
      rest.add(new Region(start, block.start()));
      start = block.end();
    }
    rest.add(new Region(start, text.length));
    // A stretch of one byte holds nothing to predict.
    this.training = rest.stream().filter(region -> region.size() >= 2).toList();
  }

  /**
   * Splits a text.
   *
   * @param text at least 2 bytes
   * @param contextLength T of the model
   * @param heldOutShare part to judge on, in [0, 0.5]
   * @param seed where the blocks lie
   */
  public static TextCorpus split(byte[] text, int contextLength, double heldOutShare, long seed) {
    if (text.length < 2) {
      throw new IllegalArgumentException(
          "text has " + text.length + " bytes: at least 2 are needed to predict one");
    }
    if (contextLength < 1) {
      throw new IllegalArgumentException(
          "context length is " + contextLength + ": it must be at least 1");
    }
    if (!(heldOutShare >= 0 && heldOutShare <= 0.5)) {
      throw new IllegalArgumentException(
          "held-out share is " + heldOutShare + ": it must be between 0 and 0.5");
    }
    return new TextCorpus(
        text, contextLength, placeBlocks(text.length, contextLength, heldOutShare, seed));
  }

  private static List<Region> placeBlocks(int length, int context, double share, long seed) {
    int total = (int) Math.round(length * share);
    if (total < 2 || length < MIN_BYTES_TO_HOLD_OUT) {
      return List.of();
    }
    long least = MIN_BLOCK_CONTEXTS * (context + 1L);
    int blocks = (int) Math.max(1, Math.min(MAX_BLOCKS, total / least));
    CounterRandom random = new CounterRandom(seed, SPLIT_STREAM);
    List<Region> regions = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      int segmentStart = (int) ((long) length * i / blocks);
      int segmentEnd = (int) ((long) length * (i + 1) / blocks);
      int size = (int) ((long) total * (i + 1) / blocks) - (int) ((long) total * i / blocks);
      int start = segmentStart + random.nextInt(segmentEnd - segmentStart - size + 1);
      regions.add(new Region(start, start + size));
    }
    return regions;
  }

  /** The bytes that windows index. */
  byte[] text() {
    return text;
  }

  /** T. */
  public int contextLength() {
    return contextLength;
  }

  /** Number of bytes held out. */
  public int heldOutBytes() {
    return heldOut.stream().mapToInt(Region::size).sum();
  }

  /** Number of bytes that training may read. */
  public int trainingBytes() {
    return training.stream().mapToInt(Region::size).sum();
  }

  /**
   * Windows that predict each held-out byte exactly once, but for the first byte of each block,
   * which is context only.
   */
  public List<TextWindow> heldOutWindows() {
    List<TextWindow> windows = new ArrayList<>();
    for (Region block : heldOut) {
      for (int start = block.start(); start + 1 < block.end(); start += contextLength) {
        windows.add(new TextWindow(start, Math.min(contextLength + 1, block.end() - start)));
      }
    }
    return Collections.unmodifiableList(windows);
  }

  /** Number of windows of one epoch: the example count that weighs this site's update. */
  public int trainingWindowCount() {
    return training.stream().mapToInt(this::windowCount).sum();
  }

  /**
   * The windows of one epoch, in order of the text. Their offset changes from epoch to epoch, so
   * that no byte is always first or always last.
   *
   * @param seed which offsets
   * @param epoch counted from 0
   * @return {@link #trainingWindowCount()} windows, full but for those of short stretches
   */
  public List<TextWindow> trainingWindows(long seed, int epoch) {
    CounterRandom random = new CounterRandom(CounterRandom.deriveSeed(seed, epoch), OFFSET_STREAM);
    List<TextWindow> windows = new ArrayList<>();
    for (Region region : training) {
      int count = Math.min(contextLength + 1, region.size());
      int last = region.end() - count;
      int offset = random.nextInt(Math.min(contextLength, last - region.start() + 1));
      for (int i = 0; i < windowCount(region); i++) {
        int start = region.start() + offset + i * contextLength;
        windows.add(new TextWindow(Math.min(start, last), count));
      }
    }
    return Collections.unmodifiableList(windows);
  }

  private int windowCount(Region region) {
    return Math.max(1, (region.size() - 1) / contextLength);
  }
}

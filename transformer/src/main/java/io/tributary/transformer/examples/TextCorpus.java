package io.tributary.transformer.examples;

import io.tributary.common.random.CounterRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Where in a site's text to train and where to judge, by the places of its tokens alone.
 *
 * <p>Held-out tokens form several contiguous blocks, one at a seeded place in each of as many equal
 * segments of the text, so that they resemble the whole of it. No training window touches a
 * held-out token and no held-out window leaves its block. The split depends on (length, share,
 * stride, seed) alone.
 *
 * <p>Windows begin a stride apart. Those of a causal model are one token longer than a stride: what
 * one window predicts last is what the next one reads first.
 */
final class TextCorpus {
  /** A text shorter than this is trained on whole. */
  static final int MIN_TO_HOLD_OUT = 20;

  /** Most blocks of one text: more would only cut it into smaller pieces. */
  private static final int MAX_BLOCKS = 16;

  /** A block holds at least this many windows, as its first token may never be predicted. */
  private static final int MIN_BLOCK_WINDOWS = 4;

  private static final long SPLIT_STREAM = CounterRandom.streamOf("held-out split");
  private static final long OFFSET_STREAM = CounterRandom.streamOf("window offset");

  /** A half-open stretch of tokens. */
  record Region(int start, int end) {
    int size() {
      return end - start;
    }
  }

  private final int stride;
  private final int lookahead;
  private final List<Region> heldOut;
  private final List<Region> training;

  private TextCorpus(int length, int stride, int lookahead, List<Region> heldOut) {
    this.stride = stride;
    this.lookahead = lookahead;
    this.heldOut = List.copyOf(heldOut);
    List<Region> rest = new ArrayList<>();
    int start = 0;
    for (Region block : heldOut) {
      rest.add(new Region(start, block.start()));
      start = block.end();
    }
    rest.add(new Region(start, length));
    // A stretch of one token holds nothing to predict from another.
    this.training = rest.stream().filter(region -> region.size() >= 2).toList();
  }

  /**
   * Splits a text.
   *
   * @param length tokens of the text, at least 2
   * @param stride tokens from one window's start to the next one's
   * @param lookahead tokens of a window beyond its stride: 1 for a causal model, else 0
   * @param heldOutShare part to judge on, in [0, 0.5]
   * @param seed where the blocks lie
   */
  static TextCorpus split(int length, int stride, int lookahead, double heldOutShare, long seed) {
    if (length < 2) {
      throw new IllegalArgumentException(
          "text has " + length + " tokens: at least 2 are needed to predict one");
    }
    if (stride < 1 || stride + lookahead < 2) {
      throw new IllegalArgumentException(
          "windows have " + (stride + lookahead) + " tokens: they must have at least 2");
    }
    if (!(heldOutShare >= 0 && heldOutShare <= 0.5)) {
      throw new IllegalArgumentException(
          "held-out share is " + heldOutShare + ": it must be between 0 and 0.5");
    }
    return new TextCorpus(
        length, stride, lookahead, placeBlocks(length, stride, heldOutShare, seed));
  }

  private static List<Region> placeBlocks(int length, int stride, double share, long seed) {
    int total = (int) Math.round(length * share);
    if (total < 2 || length < MIN_TO_HOLD_OUT) {
      return List.of();
    }
    long least = MIN_BLOCK_WINDOWS * (stride + 1L);
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

  /** Number of tokens held out. */
  int heldOutCount() {
    return heldOut.stream().mapToInt(Region::size).sum();
  }

  /** Number of tokens held out from {@code start} up to before {@code end}. */
  int heldOutWithin(int start, int end) {
    return heldOut.stream()
        .mapToInt(block -> Math.max(0, Math.min(end, block.end()) - Math.max(start, block.start())))
        .sum();
  }

  /** Number of tokens that training may read. */
  int trainingCount() {
    return training.stream().mapToInt(Region::size).sum();
  }

  /** Windows that cover each held-out block, in order; a single token at its end is left out. */
  List<TextWindow> heldOutWindows() {
    List<TextWindow> windows = new ArrayList<>();
    for (Region block : heldOut) {
      for (int start = block.start(); start + 1 < block.end(); start += stride) {
        windows.add(new TextWindow(start, Math.min(stride + lookahead, block.end() - start)));
      }
    }
    return Collections.unmodifiableList(windows);
  }

  /** Number of windows of one epoch: the example count that weighs this site's update. */
  int trainingWindowCount() {
    return training.stream().mapToInt(this::windowCount).sum();
  }

  /**
   * The windows of one epoch, in order of the text. Their offset changes from epoch to epoch, so
   * that no token is always first or always last.
   *
   * @param seed which offsets
   * @param epoch counted from 0
   * @return {@link #trainingWindowCount()} windows, full but for those of short stretches
   */
  List<TextWindow> trainingWindows(long seed, int epoch) {
    CounterRandom random = new CounterRandom(CounterRandom.deriveSeed(seed, epoch), OFFSET_STREAM);
    List<TextWindow> windows = new ArrayList<>();
    for (Region region : training) {
      int count = Math.min(stride + lookahead, region.size());
      int last = region.end() - count;
      int offset = random.nextInt(Math.min(stride, last - region.start() + 1));
      for (int i = 0; i < windowCount(region); i++) {
        int start = region.start() + offset + i * stride;
        windows.add(new TextWindow(Math.min(start, last), count));
      }
    }
    return Collections.unmodifiableList(windows);
  }

  private int windowCount(Region region) {
    return Math.max(1, (region.size() - lookahead) / stride);
  }
}

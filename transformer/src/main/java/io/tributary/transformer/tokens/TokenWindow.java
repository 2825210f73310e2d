package io.tributary.transformer.tokens;

import java.util.Arrays;

/** One row of a batch: T token ids, of which the first so many are present and the rest padding. */
public final class TokenWindow {
  private final int[] ids;
  private final int present;

  /** Takes over the ids; the first {@code present} of them are text. */
  TokenWindow(int[] ids, int present) {
    if (present < 0 || present > ids.length) {
      throw new IllegalArgumentException(
          "present is " + present + " but the window has " + ids.length + " positions");
    }
    this.ids = ids;
    this.present = present;
  }

  /** T. */
  public int length() {
    return ids.length;
  }

  /** The token at a position below T. */
  public int id(int position) {
    return ids[position];
  }

  /** A copy of all T ids. */
  public int[] ids() {
    return ids.clone();
  }

  /** How many ids, from the first, are text; attention sees no others. */
  public int present() {
    return present;
  }

  /** The attention mask: true at positions that hold text. */
  public boolean[] attentionMask() {
    boolean[] mask = new boolean[ids.length];
    Arrays.fill(mask, 0, present, true);
    return mask;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenWindow that
        && present == that.present
        && Arrays.equals(ids, that.ids);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + present;
  }

  @Override
  public String toString() {
    return Arrays.toString(ids) + " present " + present;
  }
}

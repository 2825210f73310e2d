package io.tributary.client.data;

import java.util.Arrays;

/**
 * How long a site's texts are, in tokens. A quantile is the length that this share of the texts
 * does not exceed (nearest rank).
 *
 * @param shortest of them
 * @param median half of them
 * @param nineOfTen 90 %
 * @param ninetyNineOfHundred 99 %
 * @param longest of them
 */
public record TextLengths(
    int shortest, int median, int nineOfTen, int ninetyNineOfHundred, int longest) {
  /** Of these texts, one at least. */
  public static TextLengths of(TokenizedTexts texts) {
    int[] lengths = lengths(texts);
    Arrays.sort(lengths);
    return new TextLengths(
        lengths[0],
        quantile(lengths, 50),
        quantile(lengths, 90),
        quantile(lengths, 99),
        lengths[lengths.length - 1]);
  }

  /** Number of texts that are longer than this. */
  public static int longerThan(TokenizedTexts texts, int tokens) {
    return (int) Arrays.stream(lengths(texts)).filter(length -> length > tokens).count();
  }

  private static int[] lengths(TokenizedTexts texts) {
    int[] lengths = new int[texts.count()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = texts.text(i).end() - texts.text(i).start();
    }
    return lengths;
  }

  private static int quantile(int[] sorted, int percent) {
    int rank = (int) (((long) percent * sorted.length + 99) / 100);
    return sorted[Math.max(1, rank) - 1];
  }
}

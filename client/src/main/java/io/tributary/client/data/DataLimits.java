package io.tributary.client.data;

/**
 * Every bound on what a site reads, in one place. What is counted is bounded before it is held.
 *
 * @param maxBytes of all texts together, as UTF-8
 * @param heapBytes of which a {@link #HEAP_SHARE share} may be texts
 * @param maxFiles that they are spread over
 * @param maxDepth of directories in directories
 * @param maxFileBytes of one file with columns or JSON lines; other columns need not be held
 * @param maxRows in all files
 * @param maxRowChars of one row, all columns together
 * @param maxColumns of one row
 * @param maxLabels different labels: more are no labels but another column
 * @param maxLabelChars of one label
 * @param maxProblems that are kept, others are counted
 */
public record DataLimits(
    long maxBytes,
    long heapBytes,
    int maxFiles,
    int maxDepth,
    long maxFileBytes,
    int maxRows,
    int maxRowChars,
    int maxColumns,
    int maxLabels,
    int maxLabelChars,
    int maxProblems) {
  /** Texts may take one part of so many of the heap: models and updates need the rest. */
  static final int HEAP_SHARE = 4;

  /** Heap that a text takes beside its bytes, in each of the two forms that a site holds. */
  static final int BYTES_A_TEXT = 64;

  /** For a heap of this size. */
  public static DataLimits forHeap(long heapBytes) {
    return new DataLimits(
        1L << 30, heapBytes, 100_000, 32, 4L << 30, 2_000_000, 4 << 20, 1_000, 10_000, 200, 100);
  }

  /** For the heap of this process. */
  public static DataLimits standard() {
    return forHeap(Runtime.getRuntime().maxMemory());
  }

  /** For data that is read while as much is held already. */
  DataLimits besideOthers() {
    return new DataLimits(
        maxBytes,
        heapBytes / 2,
        maxFiles,
        maxDepth,
        maxFileBytes,
        maxRows,
        maxRowChars,
        maxColumns,
        maxLabels,
        maxLabelChars,
        maxProblems);
  }

  /** Bytes of texts that fit into this heap. */
  long room() {
    return heapBytes / HEAP_SHARE;
  }
}

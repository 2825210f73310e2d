package io.tributary.transformer.samediff;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Copies whole float arrays between the Java heap and ND4J.
 *
 * <p>Through the host side of the buffer, which every backend has: on a GPU the location tags tell
 * ND4J which side is newer, on a CPU they do nothing. ND4J's own ways in copy value by value (13 ms
 * for 0.8 M floats instead of 0.1).
 */
public final class HostTransfer {
  private HostTransfer() {}

  /**
   * Overwrites an array.
   *
   * @param target contiguous C-ordered float array from the start of its buffer
   */
  public static void upload(float[] source, INDArray target) {
    requireSame(source.length, target);
    // Without this a GPU backend may hold the only valid copy and write it over ours later.
    Nd4j.getAffinityManager().ensureLocation(target, Location.HOST);
    pointer(target).put(source, 0, source.length);
    Nd4j.getAffinityManager().tagLocation(target, Location.HOST);
  }

  /**
   * Overwrites an array of indices.
   *
   * @param target contiguous int array from the start of its buffer
   */
  static void upload(int[] source, INDArray target) {
    requireSame(source.length, target);
    Nd4j.getAffinityManager().ensureLocation(target, Location.HOST);
    new IntPointer(target.data().pointer()).position(0).put(source, 0, source.length);
    Nd4j.getAffinityManager().tagLocation(target, Location.HOST);
  }

  /**
   * Reads an array.
   *
   * @param source contiguous C-ordered float array from the start of its buffer
   */
  public static void download(INDArray source, float[] target) {
    download(source, target, 0, target.length);
  }

  /**
   * Reads a stretch of an array.
   *
   * @param source contiguous C-ordered float array from the start of its buffer
   * @param target as long as the array; gets the values from {@code from} to before {@code to}
   */
  static void download(INDArray source, float[] target, int from, int to) {
    requireSame(target.length, source);
    Nd4j.getExecutioner().commit();
    Nd4j.getAffinityManager().ensureLocation(source, Location.HOST);
    pointer(source).position(from).get(target, from, to - from);
  }

  private static FloatPointer pointer(INDArray array) {
    return new FloatPointer(array.data().pointer()).position(0);
  }

  private static void requireSame(int count, INDArray array) {
    if (count != array.length()) {
      throw new IllegalArgumentException(
          "array has " + array.length() + " values but " + count + " are to be copied");
    }
  }
}

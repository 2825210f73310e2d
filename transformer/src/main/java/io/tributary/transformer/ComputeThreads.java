package io.tributary.transformer;

import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * How many cores one training process uses.
 *
 * <p>One is right whenever anything else runs on the machine: OpenMP threads spin while they wait,
 * and beside one busy process a step with two threads took five times as long as with one.
 */
public final class ComputeThreads {
  private ComputeThreads() {}

  /**
   * Sets the number for work started by the calling thread, which must be the one that owns the
   * engine. Loads ND4J. The environment variable {@code OMP_NUM_THREADS} sets it before ND4J
   * starts, for all threads: launchers should set both.
   *
   * @param threads at least 1
   */
  public static void use(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ": it must be at least 1");
    }
    Nd4j.getEnvironment().setMaxThreads(threads);
    Nd4j.getEnvironment().setMaxMasterThreads(threads);
    NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
    Nd4j.factory().blas().setMaxThreads(threads);
  }
}

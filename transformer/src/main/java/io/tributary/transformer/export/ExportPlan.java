package io.tributary.transformer.export;

import java.io.IOException;
import java.nio.file.Path;

/** An export that is known to be possible. */
interface ExportPlan {
  /** Whether it makes a directory, and not a file. */
  boolean directory();

  /**
   * Writes it, whole or not at all.
   *
   * @param weights flat vector in layout order, without adapters
   */
  void write(float[] weights, Path out) throws IOException;
}

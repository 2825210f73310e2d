package io.tributary.transformer.export;

import io.tributary.common.config.UserErrorException;
import io.tributary.transformer.mapping.Float16;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes values as little-endian numbers, through one buffer of {@value #BUFFER_BYTES} bytes. */
final class TensorOutput {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final OutputStream out;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Writes to a stream, which stays open. */
  TensorOutput(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes a whole tensor, and nothing of it stays in the buffer.
   *
   * @throws UserErrorException naming the tensor, when a value does not fit into the type
   */
  void write(ExportTensor tensor, WeightType type) throws IOException {
    float[] values = new float[tensor.columns()];
    for (int row = 0; row < tensor.rows(); row++) {
      tensor.source().read(row, values);
      for (int column = 0; column < values.length; column++) {
        if (buffer.remaining() < Float.BYTES) {
          flush();
        }
        if (type == WeightType.F32) {
          buffer.putFloat(values[column]);
        } else {
          buffer.putShort(half(tensor, values[column]));
        }
      }
    }
    flush();
  }

  private static short half(ExportTensor tensor, float value) {
    short half = Float16.nearest(value);
    if (!Float.isFinite(Float16.value(half))) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "tensor "
              + tensor.name()
              + " has the value "
              + value
              + " but f16 goes up to "
              + Float16.MAX_VALUE
              + ": export as f32");
    }
    return half;
  }

  private void flush() throws IOException {
    out.write(buffer.array(), 0, buffer.position());
    buffer.clear();
  }
}

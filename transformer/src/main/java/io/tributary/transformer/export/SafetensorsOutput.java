package io.tributary.transformer.export;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a safetensors file: eight bytes of header length, a JSON header filled up with spaces so
 * that the data begin at a multiple of 8, then the tensors' bytes without a gap. Format: the
 * safetensors README.
 */
final class SafetensorsOutput {
  private static final int ALIGNMENT = 8;

  private SafetensorsOutput() {}

  /** Writes tensors of one type. */
  static void write(OutputStream out, List<ExportTensor> tensors, WeightType type)
      throws IOException {
    byte[] header = header(tensors, type);
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .array());
    out.write(header);
    TensorOutput values = new TensorOutput(out);
    for (ExportTensor tensor : tensors) {
      values.write(tensor, type);
    }
  }

  private static byte[] header(List<ExportTensor> tensors, WeightType type) throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", Map.of("format", "pt")); // the library insists on it
    long at = 0;
    for (ExportTensor tensor : tensors) {
      long end = at + tensor.size() * type.bytes();
      Object unset =
          header.put(tensor.name(), new Entry(type.name(), tensor.shape(), List.of(at, end)));
      if (unset != null) {
        throw new IllegalStateException(tensor.name() + " is exported twice");
      }
      at = end;
    }
    byte[] json = new ObjectMapper().writeValueAsBytes(header);
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] filled = Arrays.copyOf(json, padded);
    Arrays.fill(filled, json.length, padded, (byte) ' ');
    return filled;
  }

  /**
   * What the header says of a tensor, by the format's own keys.
   *
   * @param dtype type of its numbers
   * @param shape dimensions
   * @param data_offsets first byte, and the one after the last
   */
  private record Entry(String dtype, List<Integer> shape, List<Long> data_offsets) {}
}

package io.tributary.transformer.export;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What stands before the numbers of a GGUF file, version 3, little endian: magic, counts, keys with
 * their values, and a list of tensors. Format: {@code docs/gguf.md} of the ggml project.
 */
final class GgufHeader {
  /** Every tensor begins at a multiple of so many bytes. */
  static final int ALIGNMENT = 32;

  private static final int VERSION = 3;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
  private final ByteArrayOutputStream tensors = new ByteArrayOutputStream();
  private long keyCount;
  private long tensorCount;
  private long dataBytes;

  /** An unsigned 32-bit number. */
  GgufHeader number(String key, int value) {
    key(key, UINT32);
    putInt(keys, value);
    return this;
  }

  /** A single. */
  GgufHeader number(String key, float value) {
    key(key, FLOAT32);
    putInt(keys, Float.floatToRawIntBits(value));
    return this;
  }

  /** True or false. */
  GgufHeader flag(String key, boolean value) {
    key(key, BOOL);
    keys.write(value ? 1 : 0);
    return this;
  }

  /** A text. */
  GgufHeader text(String key, String value) {
    key(key, STRING);
    putText(keys, value);
    return this;
  }

  /** Several texts. */
  GgufHeader texts(String key, List<String> values) {
    array(key, STRING, values.size());
    values.forEach(value -> putText(keys, value));
    return this;
  }

  /** Several signed 32-bit numbers. */
  GgufHeader numbers(String key, List<Integer> values) {
    array(key, INT32, values.size());
    values.forEach(value -> putInt(keys, value));
    return this;
  }

  /** A tensor; its numbers follow those of the one before. */
  GgufHeader tensor(ExportTensor tensor, WeightType type) {
    putText(tensors, tensor.name());
    putInt(tensors, tensor.shape().size());
    for (int i = tensor.shape().size() - 1; i >= 0; i--) { // the fastest dimension comes first
      putLong(tensors, tensor.shape().get(i));
    }
    putInt(tensors, type == WeightType.F32 ? 0 : 1);
    putLong(tensors, dataBytes);
    tensorCount++;
    dataBytes += padded(tensor.size() * type.bytes());
    return this;
  }

  /** The next multiple of the alignment. */
  static long padded(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** All of it, filled up to the alignment. */
  byte[] bytes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    putInt(all, VERSION);
    putLong(all, tensorCount);
    putLong(all, keyCount);
    all.writeBytes(keys.toByteArray());
    all.writeBytes(tensors.toByteArray());
    all.writeBytes(new byte[(int) (padded(all.size()) - all.size())]);
    return all.toByteArray();
  }

  private void key(String key, int type) {
    putText(keys, key);
    putInt(keys, type);
    keyCount++;
  }

  private void array(String key, int type, int count) {
    key(key, ARRAY);
    putInt(keys, type);
    putLong(keys, count);
  }

  private static void putText(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    putLong(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void putInt(ByteArrayOutputStream out, int value) {
    out.writeBytes(little(Integer.BYTES).putInt(value).array());
  }

  private static void putLong(ByteArrayOutputStream out, long value) {
    out.writeBytes(little(Long.BYTES).putLong(value).array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}

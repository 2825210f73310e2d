package io.tributary.transformer.pretrained;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Writes safetensors files for tests, right ones and, from a header of one's own, wrong ones. */
final class SafetensorsWriter {
  private final List<String> entries = new ArrayList<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  SafetensorsWriter floats(String name, List<Integer> shape, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return raw(name, "F32", shape, bytes.array());
  }

  SafetensorsWriter shorts(String name, String type, List<Integer> shape, int... bits) {
    ByteBuffer bytes = ByteBuffer.allocate(bits.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : bits) {
      bytes.putShort((short) value);
    }
    return raw(name, type, shape, bytes.array());
  }

  SafetensorsWriter raw(String name, String type, List<Integer> shape, byte[] bytes) {
    int from = data.size();
    data.writeBytes(bytes);
    entries.add(entry(name, type, shape, from, data.size()));
    return this;
  }

  static String entry(String name, String type, List<Integer> shape, long from, long to) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, type, shape, from, to);
  }

  byte[] bytes() {
    StringJoiner header = new StringJoiner(",", "{", "}");
    header.add("\"__metadata__\":{\"format\":\"pt\"}");
    entries.forEach(header::add);
    return bytes(header.toString(), data.toByteArray());
  }

  static byte[] bytes(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }

  Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }
}

package io.tributary.transformer.pretrained;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes ONNX files for tests, field by field, by the numbers of {@code onnx.proto}. */
final class OnnxWriter {
  /** Writes the fields of one message. */
  @FunctionalInterface
  interface Fields {
    void to(CodedOutputStream out) throws IOException;
  }

  private final ByteArrayOutputStream graph = new ByteArrayOutputStream();

  static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.to(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static void part(CodedOutputStream out, int field, byte[] message) throws IOException {
    out.writeBytes(field, ByteString.copyFrom(message));
  }

  static byte[] littleEndian(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  static byte[] tensor(String name, int type, List<Integer> shape, int dataField, byte[] data) {
    return message(
        out -> {
          for (int dimension : shape) {
            out.writeInt64(1, dimension);
          }
          out.writeInt32(2, type);
          out.writeString(8, name);
          part(out, dataField, data);
        });
  }

  OnnxWriter floats(String name, List<Integer> shape, float... values) {
    return initializer(tensor(name, 1, shape, 9, littleEndian(values)));
  }

  OnnxWriter initializer(byte[] tensor) {
    graph.writeBytes(message(out -> part(out, 5, tensor)));
    return this;
  }

  OnnxWriter node(String operation, List<String> inputs, String output) {
    return node(operation, inputs, output, null);
  }

  OnnxWriter constant(String output, int type, byte[] raw) {
    return node("Constant", List.of(), output, tensor("", type, List.of(), 9, raw));
  }

  private OnnxWriter node(String operation, List<String> inputs, String output, byte[] value) {
    byte[] node =
        message(
            out -> {
              for (String input : inputs) {
                out.writeString(1, input);
              }
              out.writeString(2, output);
              out.writeString(4, operation);
              if (value != null) {
                part(
                    out,
                    5,
                    message(
                        attribute -> {
                          attribute.writeString(1, "value");
                          part(attribute, 5, value);
                        }));
              }
            });
    graph.writeBytes(message(out -> part(out, 1, node)));
    return this;
  }

  byte[] bytes() {
    return message(
        out -> {
          out.writeInt64(1, 8);
          out.writeString(2, "test");
          part(out, 7, graph.toByteArray());
        });
  }

  Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }
}

package io.tributary.transformer.pretrained;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Walks an ONNX file's protobuf wire format and keeps what an import needs: of {@code
 * ModelProto.graph} the initializers' names, types, shapes and places, and the nodes' operations,
 * inputs, outputs and small constants. Everything else is skipped.
 *
 * <p>Field numbers are those of {@code onnx.proto}. All lengths are a stranger's word: names and
 * lists are bounded, and memory grows with what has been read, never with what is promised.
 */
final class OnnxScanner {
  /** Most tensors and most operations of a graph. */
  static final int MAX_ITEMS = 200_000;

  /** Most bytes of all names together. */
  static final int MAX_NAME_BYTES = 32 << 20;

  private static final int MAX_NAME = 4096;
  private static final int MAX_DIMENSIONS = 8;
  private static final int MAX_CONSTANT_BYTES = 64;

  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int NODE_INPUT = 1;
  private static final int NODE_OUTPUT = 2;
  private static final int NODE_OPERATION = 4;
  private static final int NODE_ATTRIBUTE = 5;
  private static final int ATTRIBUTE_TENSOR = 5;
  private static final int TENSOR_DIMENSIONS = 1;
  private static final int TENSOR_TYPE = 2;
  private static final int TENSOR_FLOATS = 4;
  private static final int TENSOR_NAME = 8;
  private static final int TENSOR_RAW = 9;
  private static final int TENSOR_EXTERNAL = 13;
  private static final int TENSOR_LOCATION = 14;
  private static final int LOCATION_EXTERNAL = 1;

  /** {@code TensorProto.DataType} by number. */
  private static final Map<Integer, NumberType> TYPES =
      Map.ofEntries(
          Map.entry(1, NumberType.FLOAT32),
          Map.entry(10, NumberType.FLOAT16),
          Map.entry(16, NumberType.BFLOAT16),
          Map.entry(7, NumberType.OTHER_8),
          Map.entry(11, NumberType.OTHER_8),
          Map.entry(13, NumberType.OTHER_8),
          Map.entry(14, NumberType.OTHER_8),
          Map.entry(6, NumberType.OTHER_4),
          Map.entry(12, NumberType.OTHER_4),
          Map.entry(4, NumberType.OTHER_2),
          Map.entry(5, NumberType.OTHER_2),
          Map.entry(2, NumberType.OTHER_1),
          Map.entry(3, NumberType.OTHER_1),
          Map.entry(9, NumberType.OTHER_1));

  /** A tensor while it is read; {@code at} is -1 until its bytes are found. */
  private static final class Tensor {
    private String name = "";
    private int type;
    private final List<Long> shape = new ArrayList<>();
    private long at = -1;
    private long bytes;
    private ByteBuffer constant;
  }

  private final Path path;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final List<OnnxNode> nodes = new ArrayList<>();
  private final Map<String, ByteBuffer> constants = new HashMap<>();
  private CodedInputStream in;
  private long nameBytes;
  private boolean graphSeen;

  OnnxScanner(Path path) {
    this.path = path;
  }

  Map<String, StoredTensor> tensors() {
    return tensors;
  }

  OnnxGraph graph() {
    return new OnnxGraph(nodes, constants);
  }

  /** What to do with a field of a message; false skips it. */
  @FunctionalInterface
  private interface Field {
    boolean read(int number, int wireType) throws IOException;
  }

  /** Reads a file; a file cut short or not in wire format ends in an {@link IOException}. */
  void scan(CodedInputStream input) throws IOException {
    in = input;
    fields(
        (number, wireType) -> {
          if (number != MODEL_GRAPH || wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            return false;
          }
          expect(!graphSeen, "it has more than one graph");
          graphSeen = true;
          message(this::graphField);
          return true;
        });
    expect(graphSeen, "it has no graph, so it is no ONNX model");
  }

  private boolean graphField(int number, int wireType) throws IOException {
    if (wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      return false;
    }
    if (number == GRAPH_NODE) {
      expect(nodes.size() < MAX_ITEMS, "it has more than " + MAX_ITEMS + " operations");
      node();
      return true;
    } else if (number == GRAPH_INITIALIZER) {
      expect(tensors.size() < MAX_ITEMS, "it has more than " + MAX_ITEMS + " tensors");
      initializer();
      return true;
    }
    return false;
  }

  private void node() throws IOException {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    String[] operation = {""};
    Tensor[] value = {null};
    message(
        (number, wireType) -> {
          if (wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            return false;
          }
          switch (number) {
            case NODE_INPUT -> inputs.add(name());
            case NODE_OUTPUT -> outputs.add(name());
            case NODE_OPERATION -> operation[0] = name();
            case NODE_ATTRIBUTE ->
                message(
                    (attribute, type) -> {
                      if (attribute != ATTRIBUTE_TENSOR
                          || type != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                        return false;
                      }
                      value[0] = tensor(MAX_CONSTANT_BYTES);
                      return true;
                    });
            default -> {
              return false;
            }
          }
          return true;
        });
    nodes.add(new OnnxNode(operation[0], inputs, outputs));
    if (operation[0].equals("Constant")
        && outputs.size() == 1
        && value[0] != null
        && value[0].constant != null) {
      constants.put(outputs.get(0), value[0].constant);
    }
  }

  private void initializer() throws IOException {
    Tensor tensor = tensor(0);
    String of = "tensor " + Malformed.shown(tensor.name);
    NumberType type = TYPES.get(tensor.type);
    expect(type != null, of + " has the unknown data type " + tensor.type);
    long bytes = StoredTensor.bytesOf(type, tensor.shape);
    String typeName = "ONNX data type " + tensor.type;
    if (tensor.at < 0 && bytes != 0) {
      // Typed lists: whole numbers, halves as integers. Nothing that an import reads.
      type = NumberType.OTHER_1;
      typeName += " in a typed list";
    } else {
      expect(
          tensor.bytes == bytes,
          of
              + " has "
              + tensor.bytes
              + " bytes, which is not what "
              + typeName
              + " "
              + tensor.shape
              + " needs");
    }
    StoredTensor stored = new StoredTensor(type, typeName, tensor.shape, Math.max(0, tensor.at));
    expect(tensors.put(tensor.name, stored) == null, of + " stands twice in it");
  }

  /** Reads a {@code TensorProto}; its bytes are kept only up to a bound. */
  private Tensor tensor(int keptBytes) throws IOException {
    Tensor tensor = new Tensor();
    message(
        (number, wireType) -> {
          boolean counted = wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED;
          boolean varint = wireType == WireFormat.WIRETYPE_VARINT;
          if (number == TENSOR_DIMENSIONS && varint) {
            dimension(tensor);
          } else if (number == TENSOR_DIMENSIONS && counted) {
            int limit = in.pushLimit(length());
            while (!in.isAtEnd()) {
              dimension(tensor);
            }
            in.popLimit(limit);
          } else if (number == TENSOR_TYPE && varint) {
            tensor.type = in.readInt32();
          } else if (number == TENSOR_NAME && counted) {
            tensor.name = name();
          } else if ((number == TENSOR_RAW || number == TENSOR_FLOATS) && counted) {
            data(tensor, keptBytes);
          } else if (number == TENSOR_EXTERNAL
              || (number == TENSOR_LOCATION && varint && in.readInt32() == LOCATION_EXTERNAL)) {
            throw Malformed.unsupported(
                path,
                "tensor "
                    + Malformed.shown(tensor.name)
                    + " lies in another file (external data), which is not read: save the model as"
                    + " one file");
          } else {
            return number == TENSOR_LOCATION && varint; // read above, and not external
          }
          return true;
        });
    return tensor;
  }

  private void dimension(Tensor tensor) throws IOException {
    long dimension = in.readInt64();
    expect(
        dimension >= 0 && tensor.shape.size() < MAX_DIMENSIONS,
        "tensor " + Malformed.shown(tensor.name) + " has no possible shape");
    tensor.shape.add(dimension);
  }

  private void data(Tensor tensor, int keptBytes) throws IOException {
    expect(
        tensor.at < 0,
        "tensor " + Malformed.shown(tensor.name) + " has its numbers more than once");
    tensor.bytes = length();
    tensor.at = in.getTotalBytesRead();
    if (tensor.bytes <= keptBytes) {
      tensor.constant =
          ByteBuffer.wrap(in.readRawBytes((int) tensor.bytes)).order(ByteOrder.LITTLE_ENDIAN);
    } else {
      in.skipRawBytes((int) tensor.bytes);
    }
  }

  private String name() throws IOException {
    int length = length();
    nameBytes += length;
    expect(
        length <= MAX_NAME,
        "a name has " + length + " bytes but at most " + MAX_NAME + " are read");
    expect(
        nameBytes <= MAX_NAME_BYTES,
        "its names have more than " + MAX_NAME_BYTES + " bytes in all");
    return new String(in.readRawBytes(length), StandardCharsets.UTF_8);
  }

  private int length() throws IOException {
    int length = in.readRawVarint32();
    expect(length >= 0, "a part of it is said to have more bytes than the file");
    return length;
  }

  private void message(Field field) throws IOException {
    int length = length();
    long end = (long) in.getTotalBytesRead() + length;
    int limit = in.pushLimit(length);
    fields(field);
    // At the end of the file a message ends quietly, however long it is said to be.
    expect(in.getTotalBytesRead() == end, "it is cut short");
    in.popLimit(limit);
  }

  private void fields(Field field) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!field.read(WireFormat.getTagFieldNumber(tag), WireFormat.getTagWireType(tag))) {
        // Only groups end by a tag of their own; here it would end the message early.
        expect(in.skipField(tag), "a group ends that never began");
      }
    }
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      throw Malformed.file(path, otherwise);
    }
  }
}

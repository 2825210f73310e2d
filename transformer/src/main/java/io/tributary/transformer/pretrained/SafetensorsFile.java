package io.tributary.transformer.pretrained;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.tributary.common.config.UserErrorException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Opens a safetensors file: eight bytes of header length, a JSON header, then the tensors' bytes.
 *
 * <p>The header is a stranger's word. It is bounded before it is read and parsed strictly; every
 * tensor must have exactly the bytes of its shape and type, and all of them together must cover the
 * data without gap or overlap, as the format demands. Format: the safetensors README.
 */
final class SafetensorsFile {
  /** Most bytes of a header; those of models with 70 billion parameters have a tenth of it. */
  static final int MAX_HEADER_BYTES = 8 << 20;

  /** Most tensors; such models have about 700. */
  static final int MAX_TENSORS = 100_000;

  private static final int LENGTH_BYTES = 8;
  private static final int MAX_DIMENSIONS = 8;
  private static final int MAX_TEXT = 64 * 1024;
  private static final String METADATA = "__metadata__";

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MAX_HEADER_BYTES)
                  .maxNestingDepth(4)
                  .maxStringLength(MAX_TEXT)
                  .maxNameLength(1024)
                  .maxNumberLength(20)
                  .build())
          .build();

  private static final Map<String, NumberType> TYPES =
      Map.ofEntries(
          Map.entry("F32", NumberType.FLOAT32),
          Map.entry("F16", NumberType.FLOAT16),
          Map.entry("BF16", NumberType.BFLOAT16),
          Map.entry("F64", NumberType.OTHER_8),
          Map.entry("I64", NumberType.OTHER_8),
          Map.entry("U64", NumberType.OTHER_8),
          Map.entry("I32", NumberType.OTHER_4),
          Map.entry("U32", NumberType.OTHER_4),
          Map.entry("I16", NumberType.OTHER_2),
          Map.entry("U16", NumberType.OTHER_2),
          Map.entry("I8", NumberType.OTHER_1),
          Map.entry("U8", NumberType.OTHER_1),
          Map.entry("BOOL", NumberType.OTHER_1),
          Map.entry("F8_E4M3", NumberType.OTHER_1),
          Map.entry("F8_E5M2", NumberType.OTHER_1));

  private final Path path;
  private final long dataStart;
  private final long dataBytes;

  private SafetensorsFile(Path path, long dataStart, long dataBytes) {
    this.path = path;
    this.dataStart = dataStart;
    this.dataBytes = dataBytes;
  }

  /**
   * Opens a file and checks its header; no tensor is read yet.
   *
   * @throws UserErrorException naming the file and what is wrong with it
   */
  static TensorFile open(Path path) {
    FileChannel channel = null;
    try {
      if (!Files.isRegularFile(path)) {
        throw Malformed.file(path, "is not a file");
      }
      channel = FileChannel.open(path, StandardOpenOption.READ);
      TensorFile file = new TensorFile(path, channel, header(path, channel));
      channel = null;
      return file;
    } catch (JsonProcessingException e) {
      throw Malformed.file(
          path, "the header is not valid JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException e) {
      throw Malformed.file(path, "cannot be read (" + e.getMessage() + ")", e);
    } finally {
      closeQuietly(channel);
    }
  }

  static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new IllegalStateException("closing a file that was only read", e);
    }
  }

  private static Map<String, StoredTensor> header(Path path, FileChannel channel)
      throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw Malformed.file(path, "has " + size + " bytes, too few for a safetensors file");
    }
    long length =
        read(channel, 0, LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong(0); // unsigned there
    if (length < 2 || length > MAX_HEADER_BYTES) {
      throw Malformed.file(
          path,
          "the header is said to have "
              + Long.toUnsignedString(length)
              + " bytes but must have 2 to "
              + MAX_HEADER_BYTES);
    }
    if (length > size - LENGTH_BYTES) {
      throw Malformed.file(
          path, "the header is said to have " + length + " bytes but the file has " + size);
    }
    long dataStart = LENGTH_BYTES + length;
    byte[] json = read(channel, LENGTH_BYTES, (int) length).array();
    SafetensorsFile reader = new SafetensorsFile(path, dataStart, size - dataStart);
    try (JsonParser parser = JSON.createParser(json)) {
      return reader.tensors(parser);
    }
  }

  private static ByteBuffer read(FileChannel channel, long from, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        throw new EOFException("it was cut while it was read");
      }
    }
    return buffer;
  }

  private Map<String, StoredTensor> tensors(JsonParser parser) throws IOException {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    expect(parser.nextToken() == JsonToken.START_OBJECT, "the header is not a JSON object");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      if (name.equals(METADATA)) {
        skipTexts(parser);
        continue;
      }
      expect(tensors.size() < MAX_TENSORS, "it has more than " + MAX_TENSORS + " tensors");
      tensors.put(name, tensor(name, parser));
    }
    expect(parser.nextToken() == null, "something follows the header's JSON object");
    requireCovered(tensors);
    return tensors;
  }

  private void skipTexts(JsonParser parser) throws IOException {
    expect(parser.currentToken() == JsonToken.START_OBJECT, METADATA + " is not a JSON object");
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      expect(parser.nextToken() == JsonToken.VALUE_STRING, METADATA + " holds more than texts");
    }
  }

  private StoredTensor tensor(String name, JsonParser parser) throws IOException {
    String of = "tensor " + Malformed.shown(name);
    expect(parser.currentToken() == JsonToken.START_OBJECT, of + " is not described by an object");
    String typeName = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (key) {
        case "dtype" -> {
          expect(value == JsonToken.VALUE_STRING, of + ": dtype is not a text");
          typeName = parser.getText();
        }
        case "shape" -> shape = numbers(parser, of + ": shape", MAX_DIMENSIONS);
        case "data_offsets" -> offsets = numbers(parser, of + ": data_offsets", 2);
        default -> throw Malformed.file(path, of + " has the unknown key " + Malformed.shown(key));
      }
    }
    expect(typeName != null && shape != null && offsets != null, of + " lacks a key");
    NumberType type = TYPES.get(typeName);
    expect(type != null, of + " has the unknown dtype " + Malformed.shown(typeName));
    expect(offsets.size() == 2, of + ": data_offsets must be two numbers");
    long from = offsets.get(0);
    long to = offsets.get(1);
    expect(
        from <= to && to <= dataBytes,
        of + " has bytes " + from + " to " + to + " but the data has " + dataBytes);
    long bytes = StoredTensor.bytesOf(type, shape);
    expect(
        bytes == to - from,
        of
            + " has "
            + (to - from)
            + " bytes, which is not what "
            + typeName
            + " "
            + shape
            + " needs");
    return new StoredTensor(type, typeName, shape, dataStart + from);
  }

  private List<Long> numbers(JsonParser parser, String of, int most) throws IOException {
    expect(parser.currentToken() == JsonToken.START_ARRAY, of + " is not a list");
    List<Long> numbers = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser.currentToken() == JsonToken.VALUE_NUMBER_INT, of + " holds no whole number");
      expect(numbers.size() < most, of + " has more than " + most + " numbers");
      long number = parser.getLongValue(); // Jackson refuses what does not fit
      expect(number >= 0, of + " holds the negative number " + number);
      numbers.add(number);
    }
    return numbers;
  }

  private void requireCovered(Map<String, StoredTensor> tensors) {
    List<StoredTensor> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(
        (a, b) ->
            a.offset() != b.offset()
                ? Long.compare(a.offset(), b.offset())
                : Long.compare(a.size(), b.size())); // empty ones first
    long end = dataStart;
    for (StoredTensor tensor : inOrder) {
      expect(
          tensor.offset() == end,
          "tensors overlap or leave a gap at byte " + Math.min(end, tensor.offset()));
      end += tensor.size() * tensor.type().bytes();
    }
    expect(end == dataStart + dataBytes, "bytes after " + end + " belong to no tensor");
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      throw Malformed.file(path, otherwise);
    }
  }
}

package io.tributary.transformer.pretrained;

import io.tributary.transformer.mapping.Placement;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open file of named tensors, of whatever format: {@link SafetensorsFile} and {@link OnnxFile}
 * find where the tensors lie, and this reads them, one buffer of {@value #BUFFER_BYTES} bytes at a
 * time, to where they are wanted. The file itself is never held in memory.
 */
final class TensorFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 * 1024;

  private final Path path;
  private final FileChannel channel;
  private final Map<String, StoredTensor> tensors;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Takes over an open channel. */
  TensorFile(Path path, FileChannel channel, Map<String, StoredTensor> tensors) {
    this.path = path;
    this.channel = channel;
    this.tensors = tensors;
  }

  Path path() {
    return path;
  }

  /** All tensors by name, in the order of the file's list. */
  Map<String, StoredTensor> tensors() {
    return tensors;
  }

  /** The shape of a tensor, if there is one of that name. */
  Optional<List<Long>> shape(String name) {
    return Optional.ofNullable(tensors.get(name)).map(StoredTensor::shape);
  }

  /**
   * Checks that a tensor can be read.
   *
   * @param shape what it must have
   * @throws io.tributary.common.config.UserErrorException when it is missing, of another shape, or
   *     of a type that is not floating
   */
  StoredTensor require(String name, List<Long> shape) {
    StoredTensor tensor = require(name);
    if (!tensor.shape().equals(shape)) {
      throw wrongShape(name, tensor, "must have " + shape);
    }
    return tensor;
  }

  /**
   * Checks that the first rows of a matrix can be read.
   *
   * @throws io.tributary.common.config.UserErrorException as {@link #require(String, List)}
   */
  StoredTensor requireRows(String name, int rows, int columns) {
    StoredTensor tensor = require(name);
    List<Long> shape = tensor.shape();
    if (shape.size() != 2 || shape.get(0) < rows || shape.get(1) != columns) {
      throw wrongShape(name, tensor, "must have at least " + rows + " rows of " + columns);
    }
    return tensor;
  }

  /**
   * Reads a whole tensor.
   *
   * @param shape what it must have
   * @throws io.tributary.common.config.UserErrorException as {@link #require(String, List)}, and
   *     when it holds a value that is not finite, or cannot be read
   */
  void read(String name, List<Long> shape, float[] target, Placement where) {
    StoredTensor tensor = require(name, shape);
    if (tensor.size() != where.size()) {
      throw new IllegalArgumentException(name + " has " + shape + " but goes to " + where);
    }
    copy(name, tensor, target, where);
  }

  /**
   * Reads the first rows of a matrix.
   *
   * @param where its rows are read, its columns must be all
   * @throws io.tributary.common.config.UserErrorException as {@link #read}
   */
  void readRows(String name, float[] target, Placement where) {
    copy(name, requireRows(name, where.rows(), where.columns()), target, where);
  }

  private RuntimeException wrongShape(String name, StoredTensor tensor, String expected) {
    return Malformed.unsupported(
        path,
        "tensor " + Malformed.shown(name) + " has shape " + tensor.shape() + " but " + expected);
  }

  private StoredTensor require(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw Malformed.unsupported(path, "tensor " + Malformed.shown(name) + " is missing");
    }
    if (!tensor.type().readable()) {
      throw Malformed.unsupported(
          path,
          "tensor "
              + Malformed.shown(name)
              + " has numbers of type "
              + Malformed.shown(tensor.typeName())
              + " but float32, float16 and bfloat16 are read: convert the model");
    }
    return tensor;
  }

  private void copy(String name, StoredTensor tensor, float[] target, Placement where) {
    if (where.last() >= target.length || where.offset() < 0) {
      throw new IllegalArgumentException(where + " lies outside " + target.length + " values");
    }
    int width = tensor.type().bytes();
    long at = 0;
    long end = where.size();
    int row = 0;
    int column = 0;
    while (at < end) {
      int values = (int) Math.min(BUFFER_BYTES / width, end - at);
      fill(tensor.offset() + at * width, values * width);
      for (int i = 0; i < values; i++) {
        float value = tensor.type().at(buffer, i * width);
        if (!Float.isFinite(value)) {
          throw Malformed.file(
              path,
              "tensor " + Malformed.shown(name) + " has the value " + value + " at " + (at + i));
        }
        target[where.at(row, column)] = value;
        if (++column == where.columns()) {
          column = 0;
          row++;
        }
      }
      at += values;
    }
  }

  private void fill(long from, int bytes) {
    buffer.clear().limit(bytes);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, from + buffer.position()) < 0) {
          throw new EOFException("it was cut while it was read");
        }
      }
    } catch (IOException e) {
      throw Malformed.file(path, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a file that was only read", e);
    }
  }
}

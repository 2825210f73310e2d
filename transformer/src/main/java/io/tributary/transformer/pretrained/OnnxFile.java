package io.tributary.transformer.pretrained;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.config.UserErrorException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Opens an ONNX file: its tensors and its graph. The file is scanned once, front to back; the bytes
 * of the tensors are skipped, and read later from where they lie.
 *
 * @param tensors the initializers; closing it closes the file
 * @param graph who uses them
 */
record OnnxFile(TensorFile tensors, OnnxGraph graph) implements AutoCloseable {

  /**
   * Scans a file.
   *
   * @throws UserErrorException naming the file and what is wrong with it
   */
  static OnnxFile open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw Malformed.file(path, "is not a file");
    }
    OnnxScanner scanner = new OnnxScanner(path);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      long bytes = Files.size(path);
      if (bytes > Integer.MAX_VALUE) { // the format's own limit
        throw Malformed.file(path, "has " + bytes + " bytes, more than an ONNX file may have");
      }
      scanner.scan(CodedInputStream.newInstance(in));
    } catch (InvalidProtocolBufferException e) {
      throw Malformed.file(path, "is not a whole ONNX file (" + e.getMessage() + ")", e);
    } catch (IOException e) {
      throw Malformed.file(path, "cannot be read (" + e.getMessage() + ")", e);
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new OnnxFile(new TensorFile(path, channel, scanner.tensors()), scanner.graph());
    } catch (IOException e) {
      throw Malformed.file(path, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  @Override
  public void close() {
    tensors.close();
  }
}

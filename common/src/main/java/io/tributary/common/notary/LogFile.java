package io.tributary.common.notary;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A transparency log as a file: {@code SignedStatement} messages, each behind its length as a
 * Protobuf varint. What sites keep as {@code log/RUN.tlog}, and what {@code tributary log export}
 * writes. It is read entry by entry, so its size does not matter.
 */
public final class LogFile {
  /** Ends the name of a log file. */
  public static final String SUFFIX = ".tlog";

  /** Largest entry with its signature and certificate. */
  public static final int MAX_ENTRY_BYTES =
      StatementBodies.MAX_BODY_BYTES + CertifiedVerifier.MAX_CERTIFICATE_BYTES + 1024;

  private static final int VARINT_BYTES = 5; // of a 32-bit number
  private static final int VARINT_BITS = 7;

  private LogFile() {}

  /** Takes the entries of a file, in order. */
  @FunctionalInterface
  public interface Entries {
    /**
     * The next one.
     *
     * @throws StatementException to end reading
     */
    void next(SignedStatement entry) throws StatementException;
  }

  /**
   * Reads a file, which is never changed.
   *
   * @throws IOException when it cannot be read
   * @throws StatementException when its bytes are not entries; those before were handed over
   */
  public static void read(Path file, Entries entries) throws IOException, StatementException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (int length = length(in); length >= 0; length = length(in)) {
        entries.next(message(in, length));
      }
    }
  }

  /** Writes one entry as it stands in a file. Durability is the caller's. */
  public static void write(SignedStatement entry, OutputStream out) throws IOException {
    entry.writeDelimitedTo(out);
  }

  /** Returns the next message's length, or -1 at the end of the file. */
  private static int length(InputStream in) throws IOException, StatementException {
    long length = 0;
    for (int i = 0; i < VARINT_BYTES; i++) {
      int next = in.read();
      if (next == -1) {
        if (i == 0) {
          return -1;
        }
        throw cut();
      }
      length |= (next & 0x7fL) << (i * VARINT_BITS);
      if ((next & 0x80) == 0) {
        if (length > MAX_ENTRY_BYTES) {
          break;
        }
        return (int) length;
      }
    }
    throw new StatementException(
        "an entry of more than "
            + MAX_ENTRY_BYTES
            + " bytes is announced: these bytes are no transparency log");
  }

  private static SignedStatement message(InputStream in, int length)
      throws IOException, StatementException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw cut();
    }
    try {
      return SignedStatement.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new StatementException("these bytes are no signed entry of a transparency log", e);
    }
  }

  private static StatementException cut() {
    return new StatementException(
        "the file ends in the middle of an entry: it was cut off", new EOFException());
  }
}

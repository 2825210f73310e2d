package io.tributary.coordinator.ledger;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C over a row, its key included. SQLite notices damage to the structure of a page, not to a
 * number or a digest in it; a flipped weight must not be folded in silence. It is against bad
 * disks, not against people.
 */
final class RowChecksum {
  private RowChecksum() {}

  /**
   * The checksum.
   *
   * @param columns byte strings and what has one spelling only; each is framed by its length
   */
  static long of(Object... columns) {
    CRC32C crc = new CRC32C();
    for (Object column : columns) {
      ByteString bytes =
          column instanceof ByteString raw ? raw : ByteString.copyFromUtf8(column.toString());
      crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.size()).flip());
      bytes.asReadOnlyByteBufferList().forEach(crc::update);
    }
    return crc.getValue();
  }

  /** Compares the checksum of a row as it was read with the one that was written with it. */
  static void require(String row, long written, long read) {
    if (written != read) {
      throw new LedgerFailures.DamagedRowException(row);
    }
  }
}

package io.tributary.coordinator.store;

import io.tributary.common.wire.SpoolCipher;
import io.tributary.coordinator.fold.UpdateReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a spool's content through its cipher. */
record DecipheringReader(UpdateReader enciphered, SpoolCipher cipher) implements UpdateReader {
  @Override
  public void read(long offsetBytes, ByteBuffer into) throws IOException {
    int start = into.position();
    enciphered.read(offsetBytes, into);
    cipher.apply(offsetBytes, into.duplicate().flip().position(start));
  }

  @Override
  public void close() throws IOException {
    enciphered.close();
  }
}

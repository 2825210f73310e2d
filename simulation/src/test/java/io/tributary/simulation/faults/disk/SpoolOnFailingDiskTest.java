package io.tributary.simulation.faults.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.wire.ChunkSpool;
import io.tributary.common.wire.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What {@link ChunkSpool} makes of a disk that cannot write a page, and says so once. */
class SpoolOnFailingDiskTest {
  private static final byte[] CONTENT = {1, 2, 3, 4};
  private static final Manifest MANIFEST = Manifest.of(ByteBuffer.wrap(CONTENT), 4);

  private final FakeDisk disk = new FakeDisk();
  private final AtomicInteger failures = new AtomicInteger();
  private final FileSystem mount =
      disk.mount(
          new DiskFaults() {
            @Override
            public void before(Operation operation, Object path) throws IOException {
              if (operation == Operation.FORCE && failures.getAndDecrement() > 0) {
                throw new IOException("Input/output error");
              }
            }
          });

  private ChunkSpool spool() throws IOException {
    ChunkSpool spool = ChunkSpool.open(mount.getPath("/update"), MANIFEST);
    ByteBuf chunk = Unpooled.wrappedBuffer(CONTENT);
    assertThat(spool.accept(0, chunk)).isEqualTo(ChunkSpool.Result.VERIFIED);
    chunk.release();
    return spool;
  }

  @Test
  void whatFailedEarlyFailsTheForceAlthoughTheDiskWouldNotSayItAgain() throws IOException {
    try (ChunkSpool spool = spool()) {
      failures.set(1);
      spool.forceEarly();
      assertThatThrownBy(spool::force)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("could not be written to disk before")
          .hasRootCauseMessage("Input/output error");
      assertThatThrownBy(spool::force).isInstanceOf(IOException.class);
    }
  }

  @Test
  void forcesAgainAfterForcingEarly() throws IOException {
    try (ChunkSpool spool = spool()) {
      spool.forceEarly();
      failures.set(1);
      assertThatThrownBy(spool::force).hasMessage("Input/output error");
      spool.force();
      assertThat(disk.content("/update"))
          .hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(CONTENT));
    }
  }

  @Test
  void forcingAClosedSpoolEarlyIsNoFailure() throws IOException {
    ChunkSpool spool = spool();
    spool.close();
    spool.forceEarly();
  }
}

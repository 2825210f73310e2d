package io.tributary.simulation.faults.disk;

import io.tributary.simulation.faults.disk.DiskFaults.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * An open file or directory of a {@link FakeFileSystem}. Everything but mapping, which the project
 * never does.
 */
final class FakeChannel extends FileChannel {
  /** How it was opened. */
  record Mode(boolean read, boolean write, boolean append, boolean deleteOnClose) {}

  private final FakePath path;
  private final DiskNode node;
  private final Mode mode;
  private long position;

  FakeChannel(FakePath path, DiskNode node, Mode mode) {
    this.path = path;
    this.node = node;
    this.mode = mode;
  }

  private FakeDisk begin(Operation operation) throws IOException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
    return path.getFileSystem().begin(operation, path);
  }

  private void end(Operation operation) {
    path.getFileSystem().end(operation, path);
  }

  private FileNode file() throws IOException {
    if (node instanceof FileNode file) {
      return file;
    }
    throw new IOException(path + " is a directory");
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int count = read(into, position);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public int read(ByteBuffer into, long from) throws IOException {
    if (!mode.read()) {
      throw new NonReadableChannelException();
    }
    begin(Operation.READ);
    if (from < 0) {
      throw new IllegalArgumentException("position is " + from);
    }
    int count =
        from > Integer.MAX_VALUE ? -1 : into.hasRemaining() ? file().read((int) from, into) : 0;
    end(Operation.READ);
    return count;
  }

  @Override
  public long read(ByteBuffer[] into, int offset, int length) throws IOException {
    long total = 0;
    for (int i = offset; i < offset + length; i++) {
      while (into[i].hasRemaining()) {
        int count = read(into[i]);
        if (count < 0) {
          return total == 0 ? -1 : total;
        }
        total += count;
      }
    }
    return total;
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int count = write(from, mode.append() ? file().size() : position);
    position = mode.append() ? file().size() : position + count;
    return count;
  }

  @Override
  public int write(ByteBuffer from, long to) throws IOException {
    if (!mode.write()) {
      throw new NonWritableChannelException();
    }
    FakeDisk disk = begin(Operation.WRITE);
    if (!from.hasRemaining()) {
      return 0;
    }
    byte[] data = new byte[path.getFileSystem().faults().writable(path, from.remaining())];
    from.get(from.position(), data);
    int count = disk.write(path, file(), Math.toIntExact(to), data);
    from.position(from.position() + count);
    end(Operation.WRITE);
    return count;
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    long total = 0;
    for (int i = offset; i < offset + length; i++) {
      while (from[i].hasRemaining()) {
        total += write(from[i]);
      }
    }
    return total;
  }

  @Override
  public long position() throws IOException {
    requireOpen();
    return position;
  }

  @Override
  public FileChannel position(long newPosition) throws IOException {
    requireOpen();
    position = newPosition;
    return this;
  }

  @Override
  public long size() throws IOException {
    begin(Operation.ATTRIBUTES);
    return file().size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    if (!mode.write()) {
      throw new NonWritableChannelException();
    }
    FakeDisk disk = begin(Operation.TRUNCATE);
    disk.truncate(file(), (int) Math.min(size, Integer.MAX_VALUE));
    position = Math.min(position, size);
    end(Operation.TRUNCATE);
    return this;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    boolean isFile = node instanceof FileNode;
    Operation operation = isFile ? Operation.FORCE : Operation.SYNC_DIRECTORY;
    FakeDisk disk = begin(operation);
    if (path.getFileSystem().faults().honoursForce(path)) {
      if (node instanceof FileNode file) {
        disk.force(file);
      } else {
        disk.sync((DirectoryNode) node);
      }
    }
    end(operation);
  }

  @Override
  public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, file().size()));
    int read = read(buffer, from);
    return read <= 0 ? 0 : target.write(buffer.flip());
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long to, long count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 64 * 1024));
    int read = source.read(buffer);
    if (read <= 0) {
      return 0;
    }
    buffer.flip();
    long at = to;
    while (buffer.hasRemaining()) {
      at += write(buffer, at);
    }
    return read;
  }

  @Override
  public MappedByteBuffer map(MapMode mapMode, long from, long length) {
    throw new UnsupportedOperationException("files are never mapped");
  }

  @Override
  public FileLock lock(long from, long length, boolean shared) throws IOException {
    return tryLock(from, length, shared);
  }

  /** Never held by another: a mount has one process, and a dead process's mount is gone. */
  @Override
  public FileLock tryLock(long from, long length, boolean shared) throws IOException {
    begin(Operation.ATTRIBUTES);
    return new FileLock(this, from, length, shared) {
      @Override
      public boolean isValid() {
        return FakeChannel.this.isOpen();
      }

      @Override
      public void release() {}
    };
  }

  @Override
  protected void implCloseChannel() throws IOException {
    if (mode.deleteOnClose() && path.getFileSystem().isOpen()) {
      path.getFileSystem().provider().deleteIfExists(path);
    }
  }

  private void requireOpen() throws IOException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
  }
}

package io.tributary.simulation.faults.disk;

import java.nio.file.FileStore;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;

/** How much room there was on a disk when it was asked. */
final class FakeFileStore extends FileStore {
  private final long totalBytes;
  private final long usableBytes;

  FakeFileStore(long totalBytes, long usableBytes) {
    this.totalBytes = totalBytes;
    this.usableBytes = usableBytes;
  }

  @Override
  public String name() {
    return FakeProvider.SCHEME;
  }

  @Override
  public String type() {
    return FakeProvider.SCHEME;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public long getTotalSpace() {
    return totalBytes;
  }

  @Override
  public long getUsableSpace() {
    return usableBytes;
  }

  @Override
  public long getUnallocatedSpace() {
    return usableBytes;
  }

  @Override
  public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
    return false;
  }

  @Override
  public boolean supportsFileAttributeView(String name) {
    return name.equals("basic") || name.equals("posix");
  }

  @Override
  public <V extends FileStoreAttributeView> V getFileStoreAttributeView(Class<V> type) {
    return null;
  }

  @Override
  public Object getAttribute(String attribute) {
    throw new UnsupportedOperationException(attribute);
  }
}

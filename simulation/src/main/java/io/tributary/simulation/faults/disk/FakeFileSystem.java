package io.tributary.simulation.faults.disk;

import io.tributary.simulation.faults.disk.DiskFaults.Operation;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import java.util.Set;

/** One process's mount of a {@link FakeDisk}; a dead one holds on to nothing. */
final class FakeFileSystem extends FileSystem {
  private final DiskFaults faults;
  private final FakeProvider provider = new FakeProvider(this);
  private FakeDisk disk; // null once unmounted

  FakeFileSystem(FakeDisk disk, DiskFaults faults) {
    this.disk = disk;
    this.faults = faults;
  }

  void unmount() {
    disk = null;
  }

  DiskFaults faults() {
    return faults;
  }

  /** The disk, after the faults had their say. */
  FakeDisk begin(Operation operation, FakePath path) throws IOException {
    faults.before(operation, path);
    if (disk == null) {
      throw new ClosedFileSystemException();
    }
    return disk;
  }

  void end(Operation operation, FakePath path) {
    faults.after(operation, path);
  }

  @Override
  public FakeProvider provider() {
    return provider;
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("a mount ends with its process");
  }

  @Override
  public boolean isOpen() {
    return disk != null;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(getPath("/"));
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of("basic", "posix");
  }

  @Override
  public FakePath getPath(String first, String... more) {
    return FakePath.parse(this, more.length == 0 ? first : first + "/" + String.join("/", more));
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher(syntaxAndPattern);
    return path -> matcher.matches(Path.of(path.toString()));
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException("a fake disk has no users");
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException("a fake disk cannot be watched");
  }
}

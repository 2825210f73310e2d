package io.tributary.simulation.faults.disk;

import io.tributary.simulation.faults.disk.DiskFaults.Operation;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The operations of one mount. */
final class FakeProvider extends FileSystemProvider {
  static final String SCHEME = "fakedisk";

  private final FakeFileSystem fileSystem;

  FakeProvider(FakeFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  /** A piece of work on the disk. */
  private interface Work<T> {
    T on(FakeDisk disk) throws IOException;
  }

  private <T> T run(Operation operation, FakePath path, Work<T> work) throws IOException {
    FakeDisk disk = fileSystem.begin(operation, path);
    T result = work.on(disk);
    fileSystem.end(operation, path);
    return result;
  }

  private FakePath ours(Path path) {
    if (path instanceof FakePath fake && fake.getFileSystem() == fileSystem) {
      return fake.toAbsolutePath().normalize();
    }
    throw new ProviderMismatchException();
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    FakePath file = ours(path);
    boolean append = options.contains(StandardOpenOption.APPEND);
    boolean write = append || options.contains(StandardOpenOption.WRITE);
    boolean createNew = options.contains(StandardOpenOption.CREATE_NEW);
    boolean create = createNew || options.contains(StandardOpenOption.CREATE);
    FakeChannel.Mode mode =
        new FakeChannel.Mode(
            !write || options.contains(StandardOpenOption.READ),
            write,
            append,
            options.contains(StandardOpenOption.DELETE_ON_CLOSE));
    DiskNode node = run(Operation.OPEN, file, disk -> disk.find(file));
    if (node == null) {
      if (!create || !write) {
        throw new NoSuchFileException(file.toString());
      }
      FileNode made = new FileNode();
      permit(made, attributes);
      run(
          Operation.CREATE,
          file,
          disk -> {
            disk.create(file, made);
            return made;
          });
      return new FakeChannel(file, made, mode);
    }
    if (createNew && write) {
      throw new FileAlreadyExistsException(file.toString());
    }
    if (write && !(node instanceof FileNode)) {
      throw new FileSystemException(file.toString(), null, "Is a directory");
    }
    FakeChannel channel = new FakeChannel(file, node, mode);
    if (write && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.truncate(0);
    }
    return channel;
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    FakePath listed = ours(directory);
    List<Path> found = new ArrayList<>();
    List<String> names =
        run(
            Operation.LIST,
            listed,
            disk -> List.copyOf(disk.requireDirectory(listed).entries.keySet()));
    for (String name : names) {
      Path path = directory.resolve(name);
      if (filter.accept(path)) {
        found.add(path);
      }
    }
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return found.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
    FakePath directory = ours(path);
    DirectoryNode made = new DirectoryNode();
    permit(made, attributes);
    // Asked first: an existing directory is no change that a fault could strike.
    if (run(Operation.ATTRIBUTES, directory, disk -> disk.find(directory)) != null) {
      throw new FileAlreadyExistsException(directory.toString());
    }
    run(
        Operation.MAKE_DIRECTORY,
        directory,
        disk -> {
          disk.create(directory, made);
          return made;
        });
  }

  private static void permit(DiskNode node, FileAttribute<?>... attributes) {
    for (FileAttribute<?> attribute : attributes) {
      if (!attribute.name().equals("posix:permissions")) {
        throw new UnsupportedOperationException(attribute.name());
      }
      node.permit(FakeAttributes.permissions(attribute.value()));
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    FakePath deleted = ours(path);
    run(
        Operation.DELETE,
        deleted,
        disk -> {
          disk.delete(deleted);
          return deleted;
        });
  }

  @Override
  public boolean deleteIfExists(Path path) throws IOException {
    FakePath deleted = ours(path);
    if (run(Operation.ATTRIBUTES, deleted, disk -> disk.find(deleted)) == null) {
      return false;
    }
    delete(deleted);
    return true;
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    FakePath from = ours(source);
    FakePath to = ours(target);
    List<CopyOption> chosen = Arrays.asList(options);
    boolean replace =
        chosen.contains(StandardCopyOption.REPLACE_EXISTING)
            || chosen.contains(StandardCopyOption.ATOMIC_MOVE);
    run(
        Operation.MOVE,
        to,
        disk -> {
          disk.move(from, to, replace);
          return to;
        });
  }

  /** Without attributes; nothing of it is durable. */
  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    StandardOpenOption create =
        Arrays.asList(options).contains(StandardCopyOption.REPLACE_EXISTING)
            ? StandardOpenOption.CREATE
            : StandardOpenOption.CREATE_NEW;
    try (FileChannel from = newFileChannel(source, Set.of(StandardOpenOption.READ));
        FileChannel to = newFileChannel(target, Set.of(create, StandardOpenOption.WRITE))) {
      ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(from.size()));
      from.read(content);
      content.flip();
      while (content.hasRemaining()) {
        to.write(content);
      }
    }
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    FakePath one = ours(path);
    FakePath two = ours(other);
    return run(Operation.ATTRIBUTES, one, disk -> disk.require(one) == disk.require(two));
  }

  @Override
  public boolean isHidden(Path path) {
    FakePath named = ours(path);
    return !named.names().isEmpty() && named.name().startsWith(".");
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    FakePath any = ours(path);
    return run(
        Operation.ATTRIBUTES,
        any,
        disk -> {
          disk.require(any);
          return new FakeFileStore(disk.capacityBytes(), disk.usableBytes());
        });
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    FakePath any = ours(path);
    run(Operation.ATTRIBUTES, any, disk -> disk.require(any));
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return type.isAssignableFrom(PosixFileAttributeView.class)
        ? type.cast(new FakeAttributes.View(fileSystem, ours(path)))
        : null;
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return type.cast(new FakeAttributes.View(fileSystem, ours(path)).readAttributes());
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return switch (attributes) {
      case "posix:permissions" ->
          Map.of(
              "permissions",
              new FakeAttributes.View(fileSystem, ours(path)).readAttributes().permissions());
      default -> throw new UnsupportedOperationException(attributes);
    };
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
      throws IOException {
    if (!attribute.equals("posix:permissions")) {
      throw new UnsupportedOperationException(attribute);
    }
    Set<PosixFilePermission> allowed = FakeAttributes.permissions(value);
    new FakeAttributes.View(fileSystem, ours(path)).setPermissions(allowed);
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException("mount a FakeDisk");
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException("a mount has no address");
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException("a mount has no address");
  }
}

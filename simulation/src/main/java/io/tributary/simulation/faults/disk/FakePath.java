package io.tributary.simulation.faults.disk;

import java.io.IOException;
import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;

/**
 * A path of one mount; of two mounts of a disk none equals one of the other, as of two machines.
 * Everything is relative to the root: there is no working directory, and no link.
 */
final class FakePath implements Path {
  private final FakeFileSystem fileSystem;
  private final boolean absolute;
  private final List<String> names;

  FakePath(FakeFileSystem fileSystem, boolean absolute, List<String> names) {
    this.fileSystem = fileSystem;
    this.absolute = absolute;
    this.names = names;
  }

  static FakePath parse(FakeFileSystem fileSystem, String text) {
    List<String> names = new ArrayList<>();
    for (String name : text.split("/", -1)) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    return new FakePath(fileSystem, text.startsWith("/"), List.copyOf(names));
  }

  List<String> names() {
    return names;
  }

  /** The last name; the path has one. */
  String name() {
    return names.get(names.size() - 1);
  }

  private FakePath path(boolean isAbsolute, List<String> of) {
    return new FakePath(fileSystem, isAbsolute, List.copyOf(of));
  }

  private static FakePath ours(Path other) {
    if (other instanceof FakePath path) {
      return path;
    }
    throw new ProviderMismatchException();
  }

  @Override
  public FakeFileSystem getFileSystem() {
    return fileSystem;
  }

  @Override
  public boolean isAbsolute() {
    return absolute;
  }

  @Override
  public FakePath getRoot() {
    return absolute ? path(true, List.of()) : null;
  }

  @Override
  public FakePath getFileName() {
    return names.isEmpty() ? null : path(false, List.of(name()));
  }

  @Override
  public FakePath getParent() {
    if (names.size() > 1) {
      return path(absolute, names.subList(0, names.size() - 1));
    }
    return names.isEmpty() ? null : getRoot();
  }

  @Override
  public int getNameCount() {
    return names.size();
  }

  @Override
  public FakePath getName(int index) {
    return path(false, List.of(names.get(index)));
  }

  @Override
  public FakePath subpath(int beginIndex, int endIndex) {
    return path(false, names.subList(beginIndex, endIndex));
  }

  @Override
  public boolean startsWith(Path other) {
    return other instanceof FakePath that
        && that.fileSystem == fileSystem
        && that.absolute == absolute
        && that.names.size() <= names.size()
        && names.subList(0, that.names.size()).equals(that.names);
  }

  @Override
  public boolean endsWith(Path other) {
    if (!(other instanceof FakePath that) || that.fileSystem != fileSystem) {
      return false;
    }
    int from = names.size() - that.names.size();
    return that.absolute
        ? equals(that)
        : from >= 0 && names.subList(from, names.size()).equals(that.names);
  }

  @Override
  public FakePath normalize() {
    List<String> kept = new ArrayList<>();
    for (String name : names) {
      if (name.equals("..") && !kept.isEmpty() && !kept.get(kept.size() - 1).equals("..")) {
        kept.remove(kept.size() - 1);
      } else if (!name.equals(".") && !(name.equals("..") && absolute)) {
        kept.add(name);
      }
    }
    return path(absolute, kept);
  }

  @Override
  public FakePath resolve(Path other) {
    FakePath that = ours(other);
    if (that.absolute) {
      return that;
    }
    List<String> joined = new ArrayList<>(names);
    joined.addAll(that.names);
    return path(absolute, joined);
  }

  @Override
  public FakePath relativize(Path other) {
    FakePath that = ours(other);
    if (that.absolute != absolute) {
      throw new IllegalArgumentException(other + " is not of the same kind as " + this);
    }
    int common = 0;
    while (common < Math.min(names.size(), that.names.size())
        && names.get(common).equals(that.names.get(common))) {
      common++;
    }
    List<String> way = new ArrayList<>();
    for (int i = common; i < names.size(); i++) {
      way.add("..");
    }
    way.addAll(that.names.subList(common, that.names.size()));
    return path(false, way);
  }

  @Override
  public URI toUri() {
    return URI.create(FakeProvider.SCHEME + ":" + toAbsolutePath());
  }

  @Override
  public FakePath toAbsolutePath() {
    return absolute ? this : path(true, names);
  }

  @Override
  public FakePath toRealPath(LinkOption... options) throws IOException {
    FakePath real = toAbsolutePath().normalize();
    fileSystem.provider().checkAccess(real);
    return real;
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("a fake disk cannot be watched");
  }

  @Override
  public int compareTo(Path other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FakePath that
        && fileSystem == that.fileSystem
        && absolute == that.absolute
        && names.equals(that.names);
  }

  @Override
  public int hashCode() {
    return names.hashCode();
  }

  @Override
  public String toString() {
    return (absolute ? "/" : "") + String.join("/", names);
  }
}

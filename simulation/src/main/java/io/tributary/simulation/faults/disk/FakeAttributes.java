package io.tributary.simulation.faults.disk;

import io.tributary.simulation.faults.disk.DiskFaults.Operation;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Set;

/** A file's attributes as they were when they were read. */
record FakeAttributes(
    Object fileKey,
    boolean isDirectory,
    long size,
    FileTime lastModifiedTime,
    Set<PosixFilePermission> permissions)
    implements PosixFileAttributes {
  static FakeAttributes of(DiskNode node) {
    return new FakeAttributes(
        node,
        node instanceof DirectoryNode,
        node instanceof FileNode file ? file.size() : 0,
        node.modified(),
        node.permissions());
  }

  /** Reads the value of {@code posix:permissions}. */
  static Set<PosixFilePermission> permissions(Object value) {
    Set<PosixFilePermission> allowed = EnumSet.noneOf(PosixFilePermission.class);
    for (Object permission : (Set<?>) value) {
      allowed.add((PosixFilePermission) permission);
    }
    return allowed;
  }

  @Override
  public boolean isRegularFile() {
    return !isDirectory;
  }

  @Override
  public boolean isSymbolicLink() {
    return false;
  }

  @Override
  public boolean isOther() {
    return false;
  }

  @Override
  public FileTime lastAccessTime() {
    return lastModifiedTime;
  }

  @Override
  public FileTime creationTime() {
    return lastModifiedTime;
  }

  @Override
  public UserPrincipal owner() {
    throw new UnsupportedOperationException("a fake disk has no users");
  }

  @Override
  public GroupPrincipal group() {
    throw new UnsupportedOperationException("a fake disk has no users");
  }

  /** Reads and sets the attributes of what stands at a path. */
  record View(FakeFileSystem fileSystem, FakePath path) implements PosixFileAttributeView {
    private DiskNode node() throws IOException {
      return fileSystem.begin(Operation.ATTRIBUTES, path).require(path);
    }

    @Override
    public String name() {
      return "posix";
    }

    @Override
    public FakeAttributes readAttributes() throws IOException {
      return FakeAttributes.of(node());
    }

    @Override
    public void setTimes(FileTime modified, FileTime accessed, FileTime created)
        throws IOException {
      DiskNode node = node();
      if (modified != null) {
        node.modifiedAt(modified);
      }
    }

    @Override
    public void setPermissions(Set<PosixFilePermission> allowed) throws IOException {
      node().permit(allowed);
    }

    @Override
    public UserPrincipal getOwner() {
      throw new UnsupportedOperationException("a fake disk has no users");
    }

    @Override
    public void setOwner(UserPrincipal owner) {
      throw new UnsupportedOperationException("a fake disk has no users");
    }

    @Override
    public void setGroup(GroupPrincipal group) {
      throw new UnsupportedOperationException("a fake disk has no users");
    }
  }
}

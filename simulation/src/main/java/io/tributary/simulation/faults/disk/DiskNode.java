package io.tributary.simulation.faults.disk;

import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** What a directory entry points at: its attributes; content is the subclasses'. */
abstract class DiskNode {
  private static final Set<PosixFilePermission> DEFAULT =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.OTHERS_READ);

  private Set<PosixFilePermission> permissions = DEFAULT;
  private FileTime modified = FileTime.fromMillis(0);

  Set<PosixFilePermission> permissions() {
    return permissions;
  }

  void permit(Set<PosixFilePermission> allowed) {
    permissions = Set.copyOf(allowed);
  }

  FileTime modified() {
    return modified;
  }

  void modifiedAt(FileTime time) {
    modified = time;
  }
}

package io.tributary.simulation.faults.disk;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A disk in memory that forgets like a real one: what was not forced may be gone after a power cut.
 *
 * <pre>
 *   process 1 ── mount ──► FileSystem ─┐   (dies: its mount is dead, everything written stays)
 *   process 2 ── mount ──► FileSystem ─┴► FakeDisk ── losePower ──► only what was forced is sure
 * </pre>
 *
 * <p>Forcing a file makes its content durable, and only that; forcing a directory makes its entries
 * durable. A rename, a creation, a deletion whose directory was not forced survives a power cut or
 * does not, each for itself, as POSIX allows: harsher than file systems that keep their order. A
 * rename is one change, also between two directories, as in every journal. A process that is killed
 * loses nothing: the kernel holds what it wrote.
 *
 * <p>For one thread. Memory is bounded by the content, and {@link FileNode#MAX_UNFORCED} writes of
 * a file that is never forced.
 */
public final class FakeDisk {
  /** Most changes of entries that wait; beyond it the oldest are durable, as in a full journal. */
  static final int MAX_UNSYNCED = 4096;

  /**
   * One atomic change of entries.
   *
   * @param entries what they become, in at most two directories
   */
  private record EntryChange(List<Entry> entries) {}

  /**
   * What a name becomes.
   *
   * @param node null when the name is gone
   */
  private record Entry(DirectoryNode directory, String name, DiskNode node) {}

  private final DirectoryNode root = new DirectoryNode();
  private final List<EntryChange> unsynced = new ArrayList<>();
  private long capacityBytes = Long.MAX_VALUE;
  private long version;

  /**
   * Gives a process its view; every path, channel and stream of it goes through {@code faults}.
   *
   * @see #unmount
   */
  public FileSystem mount(DiskFaults faults) {
    return new FakeFileSystem(this, faults);
  }

  /**
   * Ends the view of a process that is dead: what still holds on to it reaches the disk no more.
   *
   * @param mounted what {@link #mount} gave
   */
  public static void unmount(FileSystem mounted) {
    ((FakeFileSystem) mounted).unmount();
  }

  /** Sets how much content there is room for, in bytes; what is there already stays. */
  public void setCapacityBytes(long bytes) {
    capacityBytes = bytes;
  }

  /** Returns the room that content takes now, in bytes; entries take none. */
  public long usedBytes() {
    return used(root);
  }

  private static long used(DirectoryNode directory) {
    long bytes = 0;
    for (DiskNode node : directory.entries.values()) {
      bytes += node instanceof FileNode file ? file.allocatedBytes() : used((DirectoryNode) node);
    }
    return bytes;
  }

  /** Returns a number that grows with every change of content, entries or durability. */
  public long version() {
    return version;
  }

  /** Cuts the power: no process may be alive; mount anew afterwards. */
  public void losePower(RandomGenerator random, Survival survival) {
    version++;
    for (EntryChange change : unsynced) {
      boolean survives =
          switch (survival) {
            case NOTHING -> false;
            case EVERYTHING -> true;
            case ANYTHING -> random.nextBoolean();
          };
      if (survives) {
        change.entries().forEach(FakeDisk::makeDurable);
      }
    }
    unsynced.clear();
    settle(root, random, survival);
  }

  private static void settle(DirectoryNode directory, RandomGenerator random, Survival survival) {
    directory.entries.clear();
    directory.entries.putAll(directory.durable);
    for (DiskNode node : directory.entries.values()) {
      if (node instanceof FileNode file) {
        file.losePower(random, survival);
      } else {
        settle((DirectoryNode) node, random, survival);
      }
    }
  }

  /**
   * Returns the content of a file as the running system sees it; empty if there is no such file.
   */
  public Optional<byte[]> content(String path) {
    return walk(path, false) instanceof FileNode file
        ? Optional.of(file.content())
        : Optional.empty();
  }

  /**
   * Returns the forced content of a file that is sure to be found after a power cut under this
   * name; empty if there is none.
   */
  public Optional<byte[]> durableContent(String path) {
    DiskNode durable = walk(path, true);
    return durable instanceof FileNode file && file.isForced() && durable == walk(path, false)
        ? Optional.of(file.durableContent())
        : Optional.empty();
  }

  /**
   * Returns something that stays the same object as long as {@link #durableContent} does; empty
   * when that is.
   */
  public Optional<Object> durableMark(String path) {
    DiskNode durable = walk(path, true);
    return durable instanceof FileNode file && file.isForced() && durable == walk(path, false)
        ? Optional.of(file.durableMark())
        : Optional.empty();
  }

  /** Returns the names in a directory, in order; none if there is no such directory. */
  public List<String> names(String path) {
    return walk(path, false) instanceof DirectoryNode directory
        ? List.copyOf(directory.entries.keySet())
        : List.of();
  }

  private DiskNode walk(String path, boolean durable) {
    DiskNode at = root;
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        if (!(at instanceof DirectoryNode directory)) {
          return null;
        }
        at = (durable ? directory.durable : directory.entries).get(name);
      }
    }
    return at;
  }

  // ---- for the mounts ----

  DiskNode find(FakePath path) {
    DiskNode at = root;
    for (String name : path.names()) {
      if (!(at instanceof DirectoryNode directory)) {
        return null;
      }
      at = directory.entries.get(name);
    }
    return at;
  }

  DiskNode require(FakePath path) throws IOException {
    DiskNode node = find(path);
    if (node == null) {
      throw new NoSuchFileException(path.toString());
    }
    return node;
  }

  DirectoryNode requireDirectory(FakePath path) throws IOException {
    if (require(path) instanceof DirectoryNode directory) {
      return directory;
    }
    throw new NotDirectoryException(path.toString());
  }

  private DirectoryNode parentOf(FakePath path) throws IOException {
    if (path.names().isEmpty()) {
      throw new FileSystemException(path.toString(), null, "the root stays as it is");
    }
    return requireDirectory(path.getParent());
  }

  /** Adds a new entry. */
  void create(FakePath path, DiskNode node) throws IOException {
    DirectoryNode parent = parentOf(path);
    if (parent.entries.containsKey(path.name())) {
      throw new FileAlreadyExistsException(path.toString());
    }
    change(new Entry(parent, path.name(), node));
  }

  void delete(FakePath path) throws IOException {
    if (require(path) instanceof DirectoryNode directory && !directory.entries.isEmpty()) {
      throw new DirectoryNotEmptyException(path.toString());
    }
    change(new Entry(parentOf(path), path.name(), null));
  }

  void move(FakePath from, FakePath to, boolean replace) throws IOException {
    DiskNode moved = require(from);
    DirectoryNode target = parentOf(to);
    DiskNode replaced = target.entries.get(to.name());
    if (replaced == moved) {
      return;
    }
    if (replaced != null && !replace) {
      throw new FileAlreadyExistsException(to.toString());
    }
    if (replaced instanceof DirectoryNode directory && !directory.entries.isEmpty()) {
      throw new DirectoryNotEmptyException(to.toString());
    }
    change(new Entry(parentOf(from), from.name(), null), new Entry(target, to.name(), moved));
  }

  private void change(Entry... entries) {
    version++;
    for (Entry entry : entries) {
      put(entry.directory().entries, entry);
    }
    unsynced.add(new EntryChange(List.of(entries)));
    if (unsynced.size() > MAX_UNSYNCED) {
      unsynced.remove(0).entries().forEach(FakeDisk::makeDurable);
    }
  }

  private static void makeDurable(Entry entry) {
    put(entry.directory().durable, entry);
  }

  private static void put(Map<String, DiskNode> entries, Entry entry) {
    if (entry.node() == null) {
      entries.remove(entry.name());
    } else {
      entries.put(entry.name(), entry.node());
    }
  }

  /** Makes every change of this directory durable; a rename between two is one change. */
  void sync(DirectoryNode directory) {
    version++;
    unsynced.removeIf(
        change -> {
          boolean concerned =
              change.entries().stream().anyMatch(entry -> entry.directory() == directory);
          if (concerned) {
            change.entries().forEach(FakeDisk::makeDurable);
          }
          return concerned;
        });
  }

  void force(FileNode file) {
    version++;
    file.force();
  }

  void truncate(FileNode file, int size) {
    version++;
    file.truncate(size);
  }

  /**
   * Writes as much as there is room for.
   *
   * @return how many bytes were written, at least 1
   */
  int write(FakePath path, FileNode file, int position, byte[] data) throws IOException {
    version++;
    if (capacityBytes == Long.MAX_VALUE || fits(file, position, data.length)) {
      file.write(position, data);
      return data.length;
    }
    // Up to the end of the sector that it begins in, if that one is there already.
    int within = FileNode.SECTOR_BYTES - position % FileNode.SECTOR_BYTES;
    if (within < data.length && fits(file, position, within)) {
      file.write(position, Arrays.copyOf(data, within));
      return within;
    }
    throw new FileSystemException(path.toString(), null, "No space left on device");
  }

  private boolean fits(FileNode file, int position, int length) {
    return file.growthBytes(position, length) <= usableBytes();
  }

  long usableBytes() {
    return Math.max(0, capacityBytes - usedBytes());
  }

  long capacityBytes() {
    return capacityBytes;
  }
}

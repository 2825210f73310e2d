package io.tributary.simulation.faults.disk;

import java.io.IOException;

/**
 * Stands between a process and its {@link FakeDisk}: hears of every operation, and may fail it or
 * end the process around it.
 */
public interface DiskFaults {
  /** What a process does with a disk. */
  enum Operation {
    /** A file or directory is opened. */
    OPEN,
    /** Bytes are read. */
    READ,
    /** Bytes are written. */
    WRITE,
    /** A file is cut. */
    TRUNCATE,
    /** A file's content is forced to the disk. */
    FORCE,
    /** A file is created. */
    CREATE,
    /** A file or directory is deleted. */
    DELETE,
    /** A file or directory is renamed. */
    MOVE,
    /** A directory is made. */
    MAKE_DIRECTORY,
    /** A directory's entries are forced to the disk. */
    SYNC_DIRECTORY,
    /** A directory is listed. */
    LIST,
    /** Attributes or existence are asked for, or attributes are set. */
    ATTRIBUTES;

    /** Whether it changes what is on the disk, or what of it is durable. */
    public boolean changes() {
      return this != OPEN && this != READ && this != LIST && this != ATTRIBUTES;
    }
  }

  /** A disk that never fails. */
  DiskFaults NONE =
      new DiskFaults() {
        @Override
        public void before(Operation operation, Object path) {}
      };

  /**
   * The operation is about to begin.
   *
   * @param path for messages only: whose text is its path
   * @throws IOException to fail it; nothing of it happens. An Error ends the process instead.
   */
  void before(Operation operation, Object path) throws IOException;

  /** The operation is done; throwing an Error ends the process. */
  default void after(Operation operation, Object path) {}

  /**
   * How many of these bytes one write takes, from 1: a write may be short, as the contract says.
   */
  default int writable(Object path, int bytes) {
    return bytes;
  }

  /** Whether forcing does anything; a disk that lies says no. */
  default boolean honoursForce(Object path) {
    return true;
  }
}

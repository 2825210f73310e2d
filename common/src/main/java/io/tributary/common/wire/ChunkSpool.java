package io.tributary.common.wire;

import io.netty.buffer.ByteBuf;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.wire.v1.RefusalCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The receiver's side of a manifest: a file that fills chunk by chunk, in any order, over any
 * number of connections and restarts of the process.
 *
 * <p>A chunk counts only when its SHA-256 matches. Which chunks are had is never stored: it is
 * found again by hashing the file, so no crash can make file and bitmap disagree. A hole that no
 * chunk was written to reads as zeros; where the manifest wants zeros they are the right content
 * and durable like the rest once the file is forced, so such a chunk counts as had, rightly.
 *
 * <p>With a {@link SpoolCipher} the file holds the content enciphered; digests are of the content.
 * Safe for use by several threads. Like every file channel it is closed when a thread is
 * interrupted inside a call.
 */
public final class ChunkSpool implements AutoCloseable {
  /** What became of a chunk. */
  public enum Result {
    /** Its digest matched and it was written. */
    VERIFIED,
    /** It was had already; nothing changed. */
    DUPLICATE
  }

  private final Path file;
  private final Manifest manifest;
  private final SpoolCipher cipher;
  private final ChunkInspector inspector;
  private final FileChannel channel;
  private final ChunkSet lacking; // guarded by this
  private ByteBuffer scratch; // one chunk; guarded by this; none without a cipher
  private final Object forcing = new Object();
  private IOException forceFailure; // guarded by forcing

  private ChunkSpool(
      Path file,
      Manifest manifest,
      SpoolCipher cipher,
      ChunkInspector inspector,
      FileChannel channel,
      ChunkSet lacking) {
    this.file = file;
    this.manifest = manifest;
    this.cipher = cipher;
    this.inspector = inspector;
    this.channel = channel;
    this.lacking = lacking;
  }

  /**
   * Creates the file (readable by its owner only, sparse), or finds out which chunks an existing
   * one already holds. A file that holds something else is harmless: none of its chunks match.
   *
   * @throws IOException when the file cannot be made or read, or the disk has too little room
   */
  public static ChunkSpool open(Path file, Manifest manifest) throws IOException {
    return open(file, manifest, SpoolCipher.NONE, ChunkInspector.NONE);
  }

  /**
   * The same for a file that holds its content enciphered.
   *
   * @param cipher of its own for every (file, manifest): what was written for another manifest must
   *     read as noise, not as content
   * @param inspector sees every chunk that counts, also those that the file holds already
   */
  public static ChunkSpool open(
      Path file, Manifest manifest, SpoolCipher cipher, ChunkInspector inspector)
      throws IOException {
    FileChannel channel = FileChannel.open(file, OPTIONS, ownerOnly(file));
    boolean opened = false;
    try {
      ChunkSet lacking = ChunkSet.all(manifest.chunkCount());
      long had = channel.size();
      if (had > manifest.totalBytes()) {
        channel.truncate(manifest.totalBytes());
      } else if (had < manifest.totalBytes()) {
        requireRoom(file, manifest.totalBytes() - had);
        // One byte at the end gives the file its length; a hole reads as zeros and is hashed below.
        channel.write(ByteBuffer.allocate(1), manifest.totalBytes() - 1);
      }
      findChunks(channel, file, manifest, cipher, inspector, had, lacking);
      opened = true;
      return new ChunkSpool(file, manifest, cipher, inspector, channel, lacking);
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private static final Set<StandardOpenOption> OPTIONS =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);

  private static FileAttribute<?>[] ownerOnly(Path file) {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
  }

  private static void requireRoom(Path file, long bytes) throws IOException {
    long usable = Files.getFileStore(file).getUsableSpace();
    if (usable < bytes) {
      throw new IOException(
          "%s needs %d more bytes but its disk has only %d: make room"
              .formatted(file, bytes, usable));
    }
  }

  /** Hashes what stood in the file before it was given its length. */
  private static void findChunks(
      FileChannel channel,
      Path file,
      Manifest manifest,
      SpoolCipher cipher,
      ChunkInspector inspector,
      long hadBytes,
      ChunkSet lacking)
      throws IOException {
    ByteBuffer buffer = null;
    for (int i = 0; i < manifest.chunkCount(); i++) {
      long offset = manifest.chunkOffset(i);
      int length = manifest.chunkLength(i);
      if (offset + length > hadBytes) {
        return;
      }
      if (buffer == null) {
        buffer = ByteBuffer.allocateDirect(length);
      }
      buffer.clear().limit(length);
      Manifest.readFully(channel, offset, buffer, file);
      cipher.apply(offset, buffer.flip());
      if (manifest.verifies(i, buffer)) {
        lacking.remove(i);
        inspector.inspect(offset, buffer);
      }
    }
  }

  /**
   * Verifies a chunk and writes it to its place.
   *
   * @param data the chunk; its indices stay, and it is not released
   * @throws ProtocolException when there is no such chunk, or the bytes are not it; nothing changes
   * @throws IOException when it cannot be written; the chunk stays lacking
   */
  public synchronized Result accept(int index, ByteBuf data) throws IOException {
    if (index < 0 || index >= manifest.chunkCount()) {
      throw new ProtocolException(
          RefusalCode.REFUSAL_CODE_LIMIT_EXCEEDED,
          "chunk index is %d but the manifest has %d chunks"
              .formatted(index, manifest.chunkCount()));
    }
    if (data.readableBytes() != manifest.chunkLength(index)) {
      throw new ProtocolException(
          "chunk %d has %d bytes but its manifest says %d"
              .formatted(index, data.readableBytes(), manifest.chunkLength(index)));
    }
    if (!lacking.contains(index)) {
      return Result.DUPLICATE;
    }
    if (!manifest.verifies(index, data)) {
      throw new ProtocolException(
          "chunk %d does not match the SHA-256 of its manifest".formatted(index));
    }
    inspector.inspect(manifest.chunkOffset(index), data.nioBuffer());
    if (cipher == SpoolCipher.NONE) {
      write(manifest.chunkOffset(index), data);
    } else {
      writeEnciphered(manifest.chunkOffset(index), data);
    }
    lacking.remove(index);
    return Result.VERIFIED;
  }

  /**
   * Not by {@code data.getBytes(…, channel, …)}: in buffers of Netty's adaptive allocator (4.2.18)
   * that moves the NIO buffer through which the connection's thread is appending to the same memory
   * at that moment, so that bytes land in chunks that were verified already.
   */
  void write(long offset, ByteBuf data) throws IOException {
    long at = offset;
    for (ByteBuffer part : data.nioBuffers()) {
      at = write(at, part);
    }
  }

  private long write(long offset, ByteBuffer bytes) throws IOException {
    long at = offset;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    return at;
  }

  private void writeEnciphered(long offset, ByteBuf data) throws IOException {
    if (scratch == null) {
      scratch = ByteBuffer.allocateDirect(manifest.chunkLength(0)); // no chunk is longer
    }
    scratch.clear();
    for (ByteBuffer part : data.nioBuffers()) {
      scratch.put(part);
    }
    cipher.apply(offset, scratch.flip());
    long unusedEnd = write(offset, scratch);
  }

  /** Returns a copy of the set of chunks that are still needed. */
  public synchronized ChunkSet lacking() {
    return lacking.copy();
  }

  /** Tells whether every chunk is had and verified. */
  public synchronized boolean complete() {
    return lacking.isEmpty();
  }

  /**
   * Has the disk write what was accepted so far while more arrives, so that {@link #force} has
   * little left to wait for. Promises nothing: what fails here is thrown by {@link #force}.
   */
  public void forceEarly() {
    synchronized (forcing) {
      try {
        channel.force(false);
      } catch (ClosedChannelException e) {
        // Nobody counts on it any more.
      } catch (IOException e) {
        forceFailure = e; // the system may tell of a page it could not write only once
      }
    }
  }

  /**
   * Makes all chunks accepted so far, and the file's name, survive a power cut.
   *
   * @throws IOException when it may not, also by a failure before: then the file is good for
   *     nothing
   */
  public void force() throws IOException {
    synchronized (forcing) {
      if (forceFailure != null) {
        throw new IOException(file + " could not be written to disk before", forceFailure);
      }
      channel.force(true);
    }
    DurableFiles.syncDirectory(file.toAbsolutePath().getParent());
  }

  /** Returns what is received. */
  public Manifest manifest() {
    return manifest;
  }

  /** Returns where it is spooled. */
  public Path file() {
    return file;
  }

  /** Closes the file; it stays where it is. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}

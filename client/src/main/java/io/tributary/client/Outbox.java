package io.tributary.client;

import io.tributary.client.OutboxDescriptor.DamagedException;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.WireLimits;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one update of this site that has not got its receipt yet; it survives any crash.
 *
 * <pre>
 *   outbox/update   the bytes that leave, after every stage of the pipeline, noise included
 *   outbox/entry    what they are: {@link OutboxDescriptor}; written last, deleted first
 * </pre>
 *
 * <p>So an update without an entry is one that was never finished, or is finished with: it is
 * dropped at the next start, like one whose bytes are not those of its entry. It is never sent, for
 * what left before a crash and what leaves after it must be the same bytes.
 *
 * <p>Holds at most one update; its bounds are those of the wire. Written on the bench, read and
 * erased on the agent's thread.
 */
final class Outbox {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

  private static final String UPDATE = "update";
  private static final String ENTRY = "entry";

  private final Path directory;
  private final WireLimits limits;
  private ReadyUpdate held; // guarded by this

  Outbox(Path directory, WireLimits limits) {
    this.directory = directory;
    this.limits = limits;
  }

  /**
   * Finds the update that an earlier process left, and drops what is not whole.
   *
   * @throws UserErrorException of kind FAILED when the disk does not say what it holds: then
   *     nothing is deleted
   */
  synchronized Optional<ReadyUpdate> restore() {
    try {
      deleteUnfinished();
      held = null;
      if (Files.exists(entry())) {
        held = read();
        LOG.info("task={} update {} is in the outbox", held.task(), held.manifest());
      } else if (Files.exists(update())) {
        drop("it was not finished: it has no descriptor");
      }
    } catch (DamagedException e) {
      try {
        drop(e.getMessage());
      } catch (IOException failure) {
        throw unusable(failure);
      }
    } catch (IOException e) {
      throw unusable(e);
    }
    return Optional.ofNullable(held);
  }

  private ReadyUpdate read() throws IOException, DamagedException {
    if (Files.size(entry()) > OutboxDescriptor.MAX_BYTES) {
      throw new DamagedException("its descriptor has " + Files.size(entry()) + " bytes");
    }
    OutboxDescriptor descriptor =
        OutboxDescriptor.decode(BoundedFile.read(entry(), OutboxDescriptor.MAX_BYTES), limits);
    Manifest manifest;
    try {
      long bytes = Files.size(update());
      if (bytes != descriptor.updateBytes()) {
        throw new DamagedException(
            "it has " + bytes + " bytes but its descriptor says " + descriptor.updateBytes());
      }
      manifest = Manifest.of(update(), descriptor.chunkBytes());
    } catch (NoSuchFileException | EOFException e) {
      throw new DamagedException("its bytes are not there", e);
    }
    if (!manifest.digest().equals(Digest.fromHex(descriptor.updateDigest()))) {
      throw new DamagedException("its bytes are not those that its descriptor names");
    }
    return new ReadyUpdate(
        descriptor.task(),
        Digest.fromHex(descriptor.jobDigest()),
        Digest.fromHex(descriptor.modelDigest()),
        update(),
        manifest,
        descriptor.weight(),
        descriptor.metrics());
  }

  /**
   * Takes an update in, in the place of any other; durable on return.
   *
   * @throws IOException if it cannot be written; then the outbox is empty
   */
  synchronized ReadyUpdate put(
      TaskOrder order, DurableFiles.Content content, Map<String, Double> metrics)
      throws IOException {
    if (held != null) {
      LOG.warn("task={} update dropped: that of {} takes its place", held.task(), order.id());
    }
    delete();
    try {
      DurableFiles.writeAll(
          List.of(new DurableFiles.Entry(update(), DurableFiles.Access.OWNER_ONLY, content)));
      ReadyUpdate update =
          new ReadyUpdate(
              order.id(),
              order.jobDigest(),
              order.model().digest(),
              update(),
              Manifest.of(update(), order.terms().chunkBytes()),
              order.terms().weight(),
              metrics);
      DurableFiles.writeOwnerOnly(entry(), OutboxDescriptor.of(update).encode());
      held = update;
      return update;
    } catch (IOException | RuntimeException failure) {
      try {
        delete();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
      throw failure;
    }
  }

  /**
   * Forgets an update, durably; does nothing if another has taken its place.
   *
   * @throws IOException if it cannot be deleted: it is found again at the next start
   */
  @SuppressWarnings("ReferenceEquality") // the same task trained again may give an equal update
  synchronized void erase(ReadyUpdate update) throws IOException {
    if (held == update) {
      delete();
    }
  }

  private void drop(String reason) throws IOException {
    LOG.warn("an update in {} is dropped, and is not sent: {}", directory, reason);
    delete();
  }

  /** The entry first: an update without one is nothing, an entry without its update a puzzle. */
  private void delete() throws IOException {
    held = null;
    if (Files.deleteIfExists(entry())) {
      DurableFiles.syncDirectory(directory);
    }
    if (Files.deleteIfExists(update())) {
      DurableFiles.syncDirectory(directory);
    }
  }

  private void deleteUnfinished() throws IOException {
    try (DirectoryStream<Path> unfinished =
        Files.newDirectoryStream(directory, "*" + DurableFiles.TEMPORARY_SUFFIX)) {
      for (Path file : unfinished) {
        Files.delete(file);
      }
    }
  }

  private Path update() {
    return directory.resolve(UPDATE);
  }

  private Path entry() {
    return directory.resolve(ENTRY);
  }

  private UserErrorException unusable(IOException cause) {
    return new UserErrorException(
        UserErrorException.Kind.FAILED,
        "the outbox "
            + directory
            + " cannot be read ("
            + cause
            + "): check the disk and its permissions; nothing in it was sent",
        cause);
  }
}

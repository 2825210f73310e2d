package io.tributary.client;

import io.tributary.common.wire.ChunkSpool;
import io.tributary.common.wire.Manifest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The models that this site has received, whole or in part, by digest.
 *
 * <p>A file here is the spool itself: opening it hashes what is there, so a model that was received
 * before lacks nothing, one whose download was cut lacks the rest (also after the process died),
 * and a spoilt one is repaired. At most {@link #MAX_MODELS} are kept: the one in use and the one
 * before.
 */
final class ModelCache {
  static final int MAX_MODELS = 2;

  private static final String SUFFIX = ".model";

  private final Path directory;
  private final Clock clock;

  ModelCache(Path directory, Clock clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /**
   * Opens the spool of a model, and deletes the models used longest ago.
   *
   * @param likeTheLast whether much of it stays from round to round, because only some tensors are
   *     trained: then a new model's spool begins as the last one's, and lacks only the chunks in
   *     which they differ. The last one is gone with that: a copy of 90 MB a round and site would
   *     cost more than the rare download of a few chunks for which it would have been kept
   */
  ChunkSpool open(Manifest model, boolean likeTheLast) throws IOException {
    Path file = directory.resolve(model.digest().hex() + SUFFIX);
    evictAllBut(file);
    if (likeTheLast && !Files.exists(file)) {
      Optional<Path> last = newest();
      if (last.isPresent() && Files.size(last.get()) == model.totalBytes()) {
        // Work that still reads it was cancelled when this model was offered, and counts for
        // nothing.
        Files.move(last.get(), file);
      }
    }
    ChunkSpool spool = ChunkSpool.open(file, model);
    Files.setLastModifiedTime(file, FileTime.fromMillis(clock.millis()));
    return spool;
  }

  private record Kept(Path file, FileTime used) {}

  private Optional<Path> newest() throws IOException {
    return kept().stream().map(Kept::file).findFirst();
  }

  /** The newest first. */
  private List<Kept> kept() throws IOException {
    List<Kept> kept = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        kept.add(new Kept(file, Files.getLastModifiedTime(file)));
      }
    }
    kept.sort(Comparator.comparing(Kept::used).reversed());
    return kept;
  }

  private void evictAllBut(Path file) throws IOException {
    List<Kept> others = kept();
    others.removeIf(other -> other.file().equals(file));
    for (Kept old : others.subList(Math.min(MAX_MODELS - 1, others.size()), others.size())) {
      Files.delete(old.file());
    }
  }
}

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

/**
 * The models that this site has received, whole or in part, by digest.
 *
 * <p>A file here is the spool itself: opening it hashes what is there, so a model that was received
 * before lacks nothing, one whose download was cut lacks the rest (also after the process died),
 * and a spoilt one is repaired. At most {@link #MAX_MODELS} are kept: the one in use and the one
 * before, because a round's model is evaluated and then trained from.
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

  /** Opens the spool of a model, and deletes the models used longest ago. */
  ChunkSpool open(Manifest model) throws IOException {
    Path file = directory.resolve(model.digest().hex() + SUFFIX);
    evictAllBut(file);
    ChunkSpool spool = ChunkSpool.open(file, model);
    Files.setLastModifiedTime(file, FileTime.fromMillis(clock.millis()));
    return spool;
  }

  private void evictAllBut(Path file) throws IOException {
    record Kept(Path file, FileTime used) {}
    List<Kept> others = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path other : files) {
        if (!other.equals(file)) {
          others.add(new Kept(other, Files.getLastModifiedTime(other)));
        }
      }
    }
    others.sort(Comparator.comparing(Kept::used).reversed());
    for (Kept old : others.subList(Math.min(MAX_MODELS - 1, others.size()), others.size())) {
      Files.delete(old.file());
    }
  }
}

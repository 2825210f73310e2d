package io.tributary.client;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The site's state directory. Whoever opens it holds its {@link
 * io.tributary.common.store.HomeLock}.
 *
 * <pre>
 *   lock                        which process holds it
 *   layout                      version of this directory's layout
 *   models/                     spools of received models, by digest: see {@link ModelCache}
 *   outbox/                     the update that waits for its receipt: see {@link Outbox}
 *   receipts/RUN/ROUND.receipt  what the coordinator has signed: see {@link ReceiptStore}
 *   log/RUN.tlog                the transparency log of each run: see {@link SiteLog}
 *   trainers/PROGRAM/           parameters on their way to a trainer's process and back
 * </pre>
 *
 * @param models where models are received
 * @param outbox where the update waits
 * @param receipts where receipts are kept
 * @param log where logs are kept
 */
record SiteHome(Path models, Path outbox, Path receipts, Path log) {
  private static final String LAYOUT_VERSION = "tributary-site-2\n";

  /** Names the directories of a home, whether they are there or not. */
  static SiteHome at(Path home) {
    return new SiteHome(
        home.resolve("models"),
        home.resolve("outbox"),
        home.resolve("receipts"),
        home.resolve("log"));
  }

  /**
   * Prepares a home, creating what is missing.
   *
   * @throws UserErrorException if it has another layout or cannot be written
   */
  static SiteHome open(Path path) {
    SiteHome home = at(path);
    try {
      home.prepare(path);
      return home;
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED,
          "home " + path + " cannot be prepared (" + e + "): check its permissions",
          e);
    }
  }

  private void prepare(Path home) throws IOException {
    DurableFiles.createOwnerOnlyDirectories(home);
    requireLayout(home);
    for (Path directory : new Path[] {models, outbox, receipts, log}) {
      DurableFiles.createOwnerOnlyDirectories(directory);
    }
    DurableFiles.syncDirectory(home);
    // What a killed process left unfinished is of no use; the outbox sees to its own.
    try (DirectoryStream<Path> unfinished =
        Files.newDirectoryStream(models, "*" + DurableFiles.TEMPORARY_SUFFIX)) {
      for (Path file : unfinished) {
        Files.delete(file);
      }
    }
  }

  private static void requireLayout(Path home) throws IOException {
    Path layout = home.resolve("layout");
    if (!Files.exists(layout)) {
      DurableFiles.writeOwnerOnly(layout, LAYOUT_VERSION.getBytes(StandardCharsets.UTF_8));
      return;
    }
    String found = Files.readString(layout, StandardCharsets.UTF_8);
    if (!found.equals(LAYOUT_VERSION)) {
      throw new UserErrorException(
          Kind.REFUSED,
          "home "
              + home
              + " has layout "
              + found.strip()
              + " but this program writes "
              + LAYOUT_VERSION.strip()
              + ": choose another directory for home; nothing in this one was changed");
    }
  }
}

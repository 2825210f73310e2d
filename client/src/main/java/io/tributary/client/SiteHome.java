package io.tributary.client;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.HomeLock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The site's state directory, held by this process alone from {@link #open} to {@link #close}.
 *
 * <pre>
 *   lock      which process holds it
 *   layout    version of this directory's layout
 *   models/   spools of received models, by digest: see {@link ModelCache}
 *   outbox/   the update that waits to be sent; emptied at every start
 * </pre>
 */
final class SiteHome implements AutoCloseable {
  private static final String LAYOUT_VERSION = "tributary-site-1\n";

  private final HomeLock lock;
  private final Path models;
  private final Path outbox;

  private SiteHome(HomeLock lock) {
    this.lock = lock;
    this.models = lock.home().resolve("models");
    this.outbox = lock.home().resolve("outbox");
  }

  /**
   * Takes the home, creating what is missing.
   *
   * @throws UserErrorException if another process holds it, it has another layout, or it cannot be
   *     written
   */
  static SiteHome open(Path path) {
    SiteHome home = new SiteHome(HomeLock.acquire(path));
    boolean usable = false;
    try {
      home.prepare();
      usable = true;
      return home;
    } catch (IOException e) {
      throw new UserErrorException(
          Kind.FAILED,
          "home " + path + " cannot be prepared (" + e + "): check its permissions",
          e);
    } finally {
      if (!usable) {
        home.close();
      }
    }
  }

  Path models() {
    return models;
  }

  Path outbox() {
    return outbox;
  }

  @Override
  public void close() {
    lock.close();
  }

  private void prepare() throws IOException {
    Path layout = lock.home().resolve("layout");
    if (Files.exists(layout)) {
      String found = Files.readString(layout, StandardCharsets.UTF_8);
      if (!found.equals(LAYOUT_VERSION)) {
        throw new UserErrorException(
            Kind.REFUSED,
            "home "
                + lock.home()
                + " has layout "
                + found.strip()
                + " but this program writes "
                + LAYOUT_VERSION.strip()
                + ": choose another directory for home");
      }
    } else {
      DurableFiles.writeOwnerOnly(layout, LAYOUT_VERSION.getBytes(StandardCharsets.UTF_8));
    }
    DurableFiles.createOwnerOnlyDirectories(models);
    DurableFiles.createOwnerOnlyDirectories(outbox);
    // What a killed process left: its updates are trained again, unfinished files are of no use.
    deleteFilesIn(outbox);
    try (DirectoryStream<Path> unfinished =
        Files.newDirectoryStream(models, "*" + DurableFiles.TEMPORARY_SUFFIX)) {
      for (Path file : unfinished) {
        Files.delete(file);
      }
    }
  }

  private static void deleteFilesIn(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }
}

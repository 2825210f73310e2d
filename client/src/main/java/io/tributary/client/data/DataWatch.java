package io.tributary.client.data;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a site's files have changed and reads them anew, on a thread of its own that lives
 * only while it does; what the site holds stays as it is until somebody takes the new data.
 *
 * <p>A look compares fingerprints and, if they differ, reads everything, tokens included. Data that
 * changed again while it was read is looked at again the next time; data that cannot be used is
 * warned of once. While new data is read the old is held, so each may have half of the room.
 */
public final class DataWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataWatch.class);
  private static final long THREAD_IDLE_SECONDS = 1;

  private final DataSource source;
  private final Path tokenizer;
  private final DataLimits limits;
  private final ThreadPoolExecutor thread;
  private final SiteData first;

  // The looking thread's, one look after the other.
  private DataFingerprint seen;

  // Guarded by this.
  private Future<?> looking;
  private SiteData fresh;

  private DataWatch(
      DataSource source, Path tokenizer, DataLimits limits, DataFingerprint seen, SiteData first) {
    this.source = source;
    this.tokenizer = tokenizer;
    this.limits = limits;
    this.seen = seen;
    this.first = first;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            THREAD_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            DataWatch::named);
    thread.allowCoreThreadTimeOut(true);
  }

  private static Thread named(Runnable work) {
    Thread thread = new Thread(work, "site-data");
    thread.setDaemon(true); // a disk that hangs must not keep the process alive
    return thread;
  }

  /**
   * Reads a site's data for the first time.
   *
   * @param tokenizer a {@code tokenizer.json}, or null for bytes alone
   * @throws UserErrorException if either cannot be used
   */
  public static DataWatch open(DataSource source, Path tokenizer) {
    return open(source, tokenizer, DataLimits.standard());
  }

  static DataWatch open(DataSource source, Path tokenizer, DataLimits limits) {
    // Before the reading, so that what changes meanwhile is seen as a change.
    DataFingerprint seen = look(source, limits);
    return new DataWatch(source, tokenizer, limits, seen, SiteData.read(source, tokenizer, limits));
  }

  /** Null if there is nothing to be seen; reading then says why. */
  private static DataFingerprint look(DataSource source, DataLimits limits) {
    try {
      return DataFingerprint.of(source, limits);
    } catch (IOException | UserErrorException e) {
      LOG.debug("cannot look at {}", source.path(), e);
      return null;
    }
  }

  /** The data as it was when this was opened. */
  public SiteData first() {
    return first;
  }

  /**
   * The data that is new since this was asked last, if it has changed.
   *
   * @param waitMillis how long to wait for it; what is read later is there the next time
   */
  public Optional<SiteData> changed(long waitMillis) {
    Future<?> look;
    synchronized (this) {
      if (fresh == null && (looking == null || looking.isDone())) {
        looking = thread.submit(this::lookAndRead);
      }
      look = looking;
    }
    try {
      look.get(waitMillis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.debug("the data in {} is still being read", source.path());
    } catch (ExecutionException e) {
      LOG.error("looking at the data in {} failed: the old stays in use", source.path(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      SiteData taken = fresh;
      fresh = null;
      return Optional.ofNullable(taken);
    }
  }

  private void lookAndRead() {
    DataFingerprint before = look(source, limits);
    if (before != null && before.equals(seen)) {
      return;
    }
    try {
      SiteData read = SiteData.read(source, tokenizer, limits.besideOthers());
      if (!read.tokenizer().equals(first.tokenizer())) {
        seen = before;
        LOG.warn("the tokenizer has changed, not only the data: start the site again to use them");
        return;
      }
      if (before == null || !before.equals(look(source, limits))) {
        LOG.info("the data in {} is still changing: looking again later", source.path());
        return;
      }
      seen = before;
      synchronized (this) {
        fresh = read;
      }
    } catch (UserErrorException e) {
      warnOnce(before, e.getMessage());
    } catch (OutOfMemoryError e) {
      warnOnce(before, "no memory is left to read it beside the old: raise -Xmx, or start again");
    }
  }

  private void warnOnce(DataFingerprint broken, String why) {
    if (broken == null ? seen != null : !broken.equals(seen)) {
      LOG.warn("the data has changed but cannot be used, so the old stays in use: {}", why);
    }
    seen = broken;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}

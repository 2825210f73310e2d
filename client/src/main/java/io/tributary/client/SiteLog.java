package io.tributary.client;

import io.tributary.common.job.JobSpec;
import io.tributary.common.notary.LogChain;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.LogFile;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This site's own copies of the transparency logs: what the coordinator has said it did, held so
 * that it can never say anything else.
 *
 * <pre>
 *   log/RUN.tlog             the entries from 0 on: a {@link LogFile}
 *   log/forks/RUN/SEQ-HASH   an entry that contradicts them: evidence, and the end of the run here
 *   log/damaged/RUN-N.tlog   a log that this disk has spoilt, before its sound part was kept
 * </pre>
 *
 * <p>An entry counts when it is signed under the root and follows from all before it, by {@link
 * LogChain}; a file is verified whole when its run is first met. An entry half written by a crash
 * is cut off: it is asked for again.
 *
 * <p>Confined to the agent's thread.
 */
final class SiteLog {
  private static final Logger LOG = LoggerFactory.getLogger(SiteLog.class);

  /** Most runs whose logs are kept. */
  static final int MAX_RUNS = 10_000;

  /** Longest log: a million rounds of a few sites, or a thousand rounds of thousands. */
  static final long MAX_LOG_BYTES = 1L << 30;

  /** Most contradicting entries, and most spoilt logs, that are kept of a run. */
  static final int MAX_EVIDENCE = 16;

  /** Most runs whose heads are held in memory; another one's file is read again. */
  private static final int MAX_OPEN = 16;

  private final Path directory;
  private final StatementVerifier verifier;
  private final Map<String, LogChain> open = new LinkedHashMap<>(MAX_OPEN, 0.75f, true);

  SiteLog(Path directory, StatementVerifier verifier) {
    this.directory = directory;
    this.verifier = verifier;
  }

  /**
   * What became of an entry.
   *
   * @param what this
   * @param sequence of the entry
   */
  record Taken(Added what, int sequence) {}

  /** What may become of an entry. */
  enum Added {
    /** It is durable now. */
    NEW,
    /** It was here. */
    KNOWN,
    /** Entries before it are lacking. */
    GAP,
    /** It contradicts what is here. */
    FORK
  }

  /** Where the log of a run is, whether there is one or not. */
  static Path fileOf(Path directory, String run) {
    return directory.resolve(run + LogFile.SUFFIX);
  }

  /** Where evidence against a run's log is, if there is any. */
  static Path forksOf(Path directory, String run) {
    return directory.resolve("forks").resolve(run);
  }

  /** The sequence of the first entry that is lacking. */
  int next(String run) throws IOException {
    return chain(run).nextSequence();
  }

  /** Whether the coordinator has signed two histories of a run. */
  boolean hasForked(String run) {
    return Files.exists(forks(run));
  }

  /**
   * Takes an entry in.
   *
   * @param run that it is said to be of
   * @throws StatementException if it is not signed under the root, or is of another run
   * @throws IOException if it cannot be written; it may come again
   */
  Taken add(String run, SignedStatement statement) throws IOException, StatementException {
    // Only said so far; each way on from here verifies it, the usual one just once.
    LogEntry entry = StatementBodies.entry(statement.getBody());
    if (!entry.runId().equals(run)) {
      throw new StatementException("it is of run " + entry.runId() + ", not of " + run);
    }
    if (entry.sequence() > JobSpec.MAX_ROUNDS) {
      throw new StatementException("it is entry " + entry.sequence() + ": no job has such a round");
    }
    LogChain chain = chain(run);
    if (entry.sequence() == chain.nextSequence()) {
      return new Taken(addNext(run, chain, statement), entry.sequence());
    }
    verifier.entry(statement);
    if (entry.sequence() > chain.nextSequence()) {
      return new Taken(Added.GAP, entry.sequence());
    }
    if (hashAt(run, chain, entry.sequence()).equals(StatementBodies.hash(statement))) {
      return new Taken(Added.KNOWN, entry.sequence());
    }
    fork(run, entry, statement, "another entry " + entry.sequence() + " is here");
    return new Taken(Added.FORK, entry.sequence());
  }

  private Added addNext(String run, LogChain chain, SignedStatement statement)
      throws IOException, StatementException {
    requireRoom(run, statement);
    try {
      chain.append(statement);
    } catch (StatementException e) {
      LogEntry entry = verifier.entry(statement); // signed, it contradicts; unsigned, it is nothing
      fork(run, entry, statement, e.getMessage());
      return Added.FORK;
    }
    boolean durable = false;
    try {
      append(fileOf(directory, run), statement);
      durable = true;
    } finally {
      if (!durable) {
        open.remove(run); // what the file holds now, reading it will tell
      }
    }
    return Added.NEW;
  }

  private Digest hashAt(String run, LogChain chain, int sequence) throws IOException {
    if (sequence == chain.nextSequence() - 1) {
      return chain.headHash();
    }
    Digest[] found = new Digest[1];
    int[] at = new int[1];
    try {
      LogFile.read(
          fileOf(directory, run),
          entry -> {
            if (at[0]++ == sequence) {
              found[0] = StatementBodies.hash(entry);
            }
          });
    } catch (StatementException e) {
      throw new IOException("the log of run " + run + " was changed: " + e.getMessage(), e);
    }
    if (found[0] == null) {
      throw new IOException("the log of run " + run + " was cut");
    }
    return found[0];
  }

  private static void append(Path file, SignedStatement statement) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    LogFile.write(statement, bytes);
    if (!Files.exists(file)) {
      DurableFiles.writeOwnerOnly(file, bytes.toByteArray());
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(bytes.toByteArray());
      long at = channel.size();
      while (rest.hasRemaining()) {
        at += channel.write(rest, at);
      }
      channel.force(true);
    }
  }

  private void requireRoom(String run, SignedStatement statement) throws IOException {
    Path file = fileOf(directory, run);
    if (Files.exists(file)) {
      if (Files.size(file) + statement.getSerializedSize() > MAX_LOG_BYTES) {
        throw new IOException(file + " has " + Files.size(file) + " bytes, nearly the most it may");
      }
      return;
    }
    int runs = 0;
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(directory, "*" + LogFile.SUFFIX)) {
      for (Path ignored : logs) {
        runs++;
      }
    }
    if (runs >= MAX_RUNS) {
      throw new IOException(
          directory + " holds the logs of " + runs + " runs, the most it may: move old ones away");
    }
  }

  private void fork(String run, LogEntry entry, SignedStatement statement, String why)
      throws IOException {
    Path evidence =
        forks(run).resolve(entry.sequence() + "-" + StatementBodies.hash(statement).shortHex());
    LOG.error(
        "run={} THE COORDINATOR HAS SIGNED TWO HISTORIES: entry {} contradicts this site's log"
            + " ({}). No more tasks of this run are done here. Evidence: {} and {}. Tell the other"
            + " sites, and compare logs",
        run,
        entry.sequence(),
        why,
        fileOf(directory, run),
        evidence);
    DurableFiles.createOwnerOnlyDirectories(forks(run));
    DurableFiles.syncDirectory(directory);
    if (!Files.exists(evidence) && count(forks(run)) < MAX_EVIDENCE) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      LogFile.write(statement, bytes);
      DurableFiles.writeOwnerOnly(evidence, bytes.toByteArray());
    }
  }

  private static int count(Path directory) throws IOException {
    int files = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path ignored : all) {
        files++;
      }
    }
    return files;
  }

  private Path forks(String run) {
    return forksOf(directory, run);
  }

  // ---- reading ----

  private LogChain chain(String run) throws IOException {
    LogChain known = open.get(run);
    if (known != null) {
      return known;
    }
    LogChain read = readOrRepair(run);
    if (open.size() >= MAX_OPEN) {
      open.remove(open.keySet().iterator().next()); // the one used longest ago
    }
    open.put(run, read);
    return read;
  }

  private LogChain readOrRepair(String run) throws IOException {
    Path file = fileOf(directory, run);
    LogChain chain = new LogChain(verifier);
    try {
      LogFile.read(file, chain::append);
    } catch (NoSuchFileException e) {
      return chain; // no entry has come yet
    } catch (StatementException e) {
      repair(run, file, chain.nextSequence(), e);
    }
    return chain;
  }

  /** Keeps the sound entries, and what is behind them if it is more than an interrupted write. */
  private void repair(String run, Path file, int sound, StatementException why) throws IOException {
    if (why.getCause() instanceof EOFException) {
      LOG.warn("run={} log cut back to {} entries: {}", run, sound, why.getMessage());
    } else {
      Path damaged = directory.resolve("damaged");
      DurableFiles.createOwnerOnlyDirectories(damaged);
      Path copy = damaged.resolve(run + "-" + count(damaged) + LogFile.SUFFIX);
      if (count(damaged) < MAX_EVIDENCE) {
        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
        DurableFiles.syncDirectory(damaged);
      }
      LOG.error(
          "run={} this site's log is damaged at entry {}: {}. The entries before it stay, the rest"
              + " is asked for again; the damaged file is kept as {}",
          run,
          sound,
          why.getMessage(),
          copy);
    }
    if (sound == 0) {
      Files.delete(file);
      DurableFiles.syncDirectory(directory);
      return;
    }
    int[] taken = new int[1];
    DurableFiles.writeAll(
        List.of(
            new DurableFiles.Entry(
                file,
                DurableFiles.Access.OWNER_ONLY,
                out -> {
                  try {
                    LogFile.read(
                        file,
                        entry -> {
                          if (taken[0]++ < sound) {
                            writeEntry(entry, out);
                          }
                        });
                  } catch (StatementException e) {
                    if (taken[0] < sound) {
                      throw new IOException("the log of run " + run + " changed", e);
                    }
                  } catch (UncheckedIOException e) {
                    throw e.getCause(); // a full disk is no defect: the caller asks again later
                  }
                })));
  }

  private static void writeEntry(SignedStatement entry, OutputStream out)
      throws StatementException {
    try {
      LogFile.write(entry, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.tributary.coordinator.store;

import io.tributary.common.store.DurableFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.UploadRow;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run's spool directory: {@code ROUND.ATTEMPT/SITE.part}, and what becomes of each file when
 * nobody sends to it any more. The ledger decides that, so that doing it again after a crash does
 * the same: what still counts stays, what was folded is kept if replay is wanted, the rest is
 * deleted.
 */
final class SpoolFiles {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolFiles.class);

  private static final String SUFFIX = ".part";
  private static final Pattern ATTEMPT = Pattern.compile("([0-9]{1,9})\\.([0-9]{1,9})");

  private final Path spool;
  private final Optional<Path> kept;
  private final RoundKeys keys;
  private final Ledger ledger;
  private final String runId;

  SpoolFiles(Path spool, Optional<Path> kept, RoundKeys keys, Ledger ledger, String runId) {
    this.spool = spool;
    this.kept = kept;
    this.keys = keys;
    this.ledger = ledger;
    this.runId = runId;
  }

  Path file(int round, int attempt, SiteName site) {
    return spool.resolve(round + "." + attempt).resolve(site + SUFFIX);
  }

  /** Where a folded update stands for replay. */
  static Path keptFile(Path kept, int round, SiteName site) {
    return keptRound(kept, round).resolve(site + SUFFIX);
  }

  static Path keptRound(Path kept, int round) {
    return kept.resolve(Integer.toString(round));
  }

  /** Makes room for an attempt's spools, durably also if whoever made it was killed then. */
  void prepare(int round, int attempt) throws IOException {
    DurableFiles.createOwnerOnlyDirectories(spool.resolve(round + "." + attempt));
    DurableFiles.syncDirectory(spool);
  }

  /** Deletes or keeps one file, as its row says. Harmless when there is none. */
  void release(int round, int attempt, SiteName site) throws IOException {
    Path file = file(round, attempt, site);
    boolean unusedReleased = release(file, round, attempt, site);
    if (Files.isDirectory(file.getParent())) {
      DurableFiles.syncDirectory(file.getParent());
    }
    deleteIfEmpty(file.getParent());
  }

  /** Whoever calls it makes the directory durable afterwards: once for all files of it. */
  private boolean release(Path file, int round, int attempt, SiteName site) throws IOException {
    Optional<UploadRow> row =
        ledger.upload(runId, round, site).filter(upload -> upload.attempt() == attempt);
    UploadRow.State state = row.map(UploadRow::state).orElse(UploadRow.State.LATE);
    if (state == UploadRow.State.COMMITTED) {
      LOG.warn("{} stays: the ledger still counts on it", file);
      return false;
    }
    if (state == UploadRow.State.FOLDED && kept.isPresent()) {
      keep(file, round, site);
    } else {
      boolean unusedExisted = Files.deleteIfExists(file);
    }
    return true;
  }

  private void keep(Path file, int round, SiteName site) throws IOException {
    Path target = keptFile(kept.get(), round, site);
    DurableFiles.createOwnerOnlyDirectories(target.getParent());
    DurableFiles.syncDirectory(kept.get());
    DurableFiles.syncDirectory(kept.get().toAbsolutePath().getParent());
    try {
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return; // kept before a crash
    }
    DurableFiles.syncDirectory(target.getParent());
    DurableFiles.syncDirectory(file.getParent());
  }

  /** Releases every file of a round, and destroys (or keeps) its key. */
  void endRound(int round) throws IOException {
    boolean allReleased = true;
    for (Path directory : attempts()) {
      Matcher name = ATTEMPT.matcher(directory.getFileName().toString());
      if (name.matches() && Integer.parseInt(name.group(1)) == round) {
        allReleased &= releaseAll(directory, round, Integer.parseInt(name.group(2)));
        DurableFiles.syncDirectory(directory);
        deleteIfEmpty(directory);
      }
    }
    if (!allReleased) {
      return;
    }
    if (kept.isPresent() && Files.isDirectory(keptRound(kept.get(), round))) {
      keys.keep(round, keptRound(kept.get(), round));
      // Whoever moved something there may have been killed before it was durable.
      DurableFiles.syncDirectory(keptRound(kept.get(), round));
    } else {
      keys.destroy(round);
    }
  }

  private boolean releaseAll(Path directory, int round, int attempt) throws IOException {
    boolean allReleased = true;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(SUFFIX)) { // anything else is none of ours
          SiteName site = new SiteName(name.substring(0, name.length() - SUFFIX.length()));
          allReleased &= release(file, round, attempt, site);
        }
      }
    }
    return allReleased;
  }

  /** Rounds of which there is a spool or a key. */
  SortedSet<Integer> rounds() throws IOException {
    SortedSet<Integer> rounds = new TreeSet<>(keys.rounds());
    rounds.addAll(keys.unnamedRounds());
    for (Path directory : attempts()) {
      Matcher name = ATTEMPT.matcher(directory.getFileName().toString());
      if (name.matches()) {
        rounds.add(Integer.parseInt(name.group(1)));
      }
    }
    return rounds;
  }

  private List<Path> attempts() throws IOException {
    try (Stream<Path> directories = Files.list(spool)) {
      return directories.filter(Files::isDirectory).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private void deleteIfEmpty(Path directory) throws IOException {
    try {
      if (Files.deleteIfExists(directory)) {
        DurableFiles.syncDirectory(spool);
      }
    } catch (DirectoryNotEmptyException e) {
      LOG.debug("{} has other updates", directory);
    }
  }
}

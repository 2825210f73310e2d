package io.tributary.client;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.config.BoundedFile;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the coordinator has signed for this site's updates: one receipt a round, kept for ever.
 *
 * <pre>
 *   receipts/RUN/ROUND.receipt              bytes of the SignedStatement, as they came
 *   receipts/RUN/ROUND.conflict-N.receipt   another receipt for the same round: evidence
 * </pre>
 *
 * <p>Nothing here is ever overwritten or deleted, and nothing is believed because it lies here: a
 * receipt is verified to the root when it comes and whenever it is read.
 */
final class ReceiptStore {
  /** Most runs whose receipts are kept; then somebody must move old ones away. */
  static final int MAX_RUNS = 10_000;

  /** Most receipts kept beside that of a round. */
  static final int MAX_CONFLICTS = 8;

  private static final String SUFFIX = ".receipt";
  private static final int MAX_RECEIPT_BYTES =
      StatementBodies.MAX_BODY_BYTES + CertifiedVerifier.MAX_CERTIFICATE_BYTES + 1024;

  private final Path directory;
  private final SiteName site;
  private final StatementVerifier verifier;

  ReceiptStore(Path directory, SiteName site, StatementVerifier verifier) {
    this.directory = directory;
    this.site = site;
    this.verifier = verifier;
  }

  /** What became of a receipt; in each case it is durable. */
  enum Kept {
    /** It is the round's first. */
    NEW,
    /** The very same bytes were there. */
    KNOWN,
    /** The round has another one: this one is kept beside it. */
    CONFLICT
  }

  /**
   * A file of the store.
   *
   * @param file where
   * @param run as its directory is named
   * @param round as it is named
   * @param conflict whether it was kept beside another one
   */
  record Entry(Path file, String run, int round, boolean conflict) {}

  /**
   * Verifies the receipt of an update.
   *
   * @throws StatementException if it does not bind the coordinator to this update, with its weight
   */
  Receipt check(SignedStatement statement, ReadyUpdate update) throws StatementException {
    Receipt receipt = verifier.receipt(statement);
    require("site", site, receipt.site());
    require("task", update.task(), receipt.task());
    require("update", update.manifest().digest(), receipt.updateDigest());
    require("weight", update.weight(), receipt.weight());
    return receipt;
  }

  private static void require(String what, Object sent, Object signed) throws StatementException {
    if (!sent.equals(signed)) {
      throw new StatementException("it is for " + what + " " + signed + ", not for " + sent);
    }
  }

  /**
   * Keeps a verified receipt, durably.
   *
   * @throws IOException if it cannot be kept; nothing that was there has changed
   */
  Kept keep(SignedStatement statement, TaskId task) throws IOException {
    byte[] bytes = statement.toByteArray();
    Path run = directory.resolve(task.runId());
    requireRoom(run);
    DurableFiles.createOwnerOnlyDirectories(run);
    DurableFiles.syncDirectory(directory);
    Path file = run.resolve(task.round() + SUFFIX);
    for (int n = 0; n <= MAX_CONFLICTS; n++) {
      if (n > 0) {
        file = run.resolve(task.round() + ".conflict-" + n + SUFFIX);
      }
      if (!Files.exists(file)) {
        DurableFiles.writeOwnerOnly(file, bytes);
        return n == 0 ? Kept.NEW : Kept.CONFLICT;
      }
      if (Arrays.equals(BoundedFile.read(file, MAX_RECEIPT_BYTES), bytes)) {
        DurableFiles.syncDirectory(run); // the process that wrote it may have died before that
        return n == 0 ? Kept.KNOWN : Kept.CONFLICT;
      }
    }
    throw new IOException(
        "round "
            + task.round()
            + " of run "
            + task.runId()
            + " has "
            + MAX_CONFLICTS
            + " contradicting receipts already, the most that are kept");
  }

  private void requireRoom(Path run) throws IOException {
    if (Files.exists(run)) {
      return;
    }
    int runs = 0;
    try (DirectoryStream<Path> known = Files.newDirectoryStream(directory)) {
      for (Path ignored : known) {
        runs++;
      }
    }
    if (runs >= MAX_RUNS) {
      throw new IOException(
          directory
              + " holds the receipts of "
              + runs
              + " runs, the most it may: move old ones away");
    }
  }

  /** Whether the receipt of this update is kept already. */
  boolean holdsReceiptOf(ReadyUpdate update) throws IOException {
    Path file = directory.resolve(update.task().runId()).resolve(update.task().round() + SUFFIX);
    if (!Files.exists(file)) {
      return false;
    }
    try {
      check(statement(file), update);
      return true;
    } catch (StatementException e) {
      return false; // of another attempt, or damaged: the coordinator is asked
    }
  }

  /**
   * The newest round with a receipt, of the runs whose receipts came last.
   *
   * @param most runs
   */
  Map<String, Integer> newestRounds(int most) throws IOException {
    record Run(Path directory, FileTime changed) {}
    List<Run> runs = new ArrayList<>();
    try (DirectoryStream<Path> known = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path run : known) {
        runs.add(new Run(run, Files.getLastModifiedTime(run)));
      }
    }
    runs.sort(Comparator.comparing(Run::changed).reversed());
    Map<String, Integer> newest = new LinkedHashMap<>();
    for (Run run : runs.subList(0, Math.min(most, runs.size()))) {
      String name = run.directory().getFileName().toString();
      for (Entry entry : TaskId.isRunId(name) ? list(run.directory()) : List.<Entry>of()) {
        newest.merge(name, entry.round(), Math::max);
      }
    }
    return newest;
  }

  /** Every file of the store, by run and round. */
  List<Entry> list() throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (!Files.exists(directory)) {
      return entries;
    }
    try (DirectoryStream<Path> runs = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path run : runs) {
        entries.addAll(list(run));
      }
    }
    entries.sort(
        Comparator.comparing(Entry::run)
            .thenComparing(Entry::round)
            .thenComparing(entry -> entry.file().toString()));
    return entries;
  }

  private static List<Entry> list(Path run) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(run, "*" + SUFFIX)) {
      for (Path file : files) {
        entryOf(run.getFileName().toString(), file).ifPresent(entries::add);
      }
    }
    return entries;
  }

  private static Optional<Entry> entryOf(String run, Path file) {
    String name = file.getFileName().toString();
    String stem = name.substring(0, name.length() - SUFFIX.length());
    int dot = stem.indexOf('.');
    try {
      int round = Integer.parseInt(dot < 0 ? stem : stem.substring(0, dot));
      return Optional.of(new Entry(file, run, round, dot >= 0));
    } catch (NumberFormatException e) {
      return Optional.empty(); // not a file of ours
    }
  }

  /**
   * Reads a receipt and verifies it.
   *
   * @throws StatementException if it is not to be believed, or is another site's or round's
   */
  Receipt read(Entry entry) throws IOException, StatementException {
    Receipt receipt = verifier.receipt(statement(entry.file()));
    require("site", site, receipt.site());
    require("run", entry.run(), receipt.task().runId());
    require("round", entry.round(), receipt.task().round());
    return receipt;
  }

  private static SignedStatement statement(Path file) throws IOException, StatementException {
    if (Files.size(file) > MAX_RECEIPT_BYTES) {
      throw new StatementException("it has " + Files.size(file) + " bytes: no receipt is so long");
    }
    try {
      return SignedStatement.parseFrom(BoundedFile.read(file, MAX_RECEIPT_BYTES));
    } catch (InvalidProtocolBufferException e) {
      throw new StatementException("its bytes are no receipt", e);
    }
  }
}

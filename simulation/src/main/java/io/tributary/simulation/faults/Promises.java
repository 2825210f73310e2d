package io.tributary.simulation.faults;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.OutcomeCode;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.common.wire.v1.TaskKind;
import io.tributary.common.wire.v1.TaskOutcome;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import io.tributary.coordinator.ledger.LedgerException;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.coordinator.ledger.UploadRow.State;
import io.tributary.simulation.faults.Violation.Promise;
import io.tributary.simulation.faults.disk.FakeDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds the coordinator to its word after every event of a {@link Simulation}: what it has signed,
 * what its ledger says and what its disk would still hold if the power were cut now.
 *
 * <p>What cannot have changed since the last event is not looked at again.
 */
final class Promises {
  private static final long LATE_FAILURE_MILLIS = 5_000; // of what went wrong just before the calm

  private final Simulation world;
  private final FakeDisk disk;
  private final LogPromises log;
  private final SitePromises sites;
  private final Map<Key, SignedStatement> receipts = new HashMap<>();
  private final Map<String, Object> verified = new HashMap<>(); // durable marks by path
  private Map<String, UploadRow> committed = Map.of(); // by path, in the order of the rows
  private Optional<ModelRow> head = Optional.empty();
  private String home = "";
  private boolean ledgerChanged;
  private boolean diskChanged;

  /** An update that a receipt is about. */
  private record Key(int round, SiteName site) {}

  Promises(Simulation world, FakeDisk disk, List<SimulatedSite> sites) {
    this.world = world;
    this.disk = disk;
    this.log = new LogPromises(world);
    this.sites = new SitePromises(world, sites);
  }

  void ledgerChanged() {
    ledgerChanged = true;
  }

  void diskChanged() {
    diskChanged = true;
  }

  // ---- after every event ----

  void check() {
    if (ledgerChanged) {
      world.rows.runs().stream().findFirst().ifPresent(this::checkLedger);
    }
    if (ledgerChanged || diskChanged) {
      checkDisk();
    }
    ledgerChanged = false;
    diskChanged = false;
  }

  private void checkLedger(RunRow run) {
    home = "/home/runs/" + run.name();
    head = world.rows.head(run.runId());
    int last = head.map(ModelRow::round).orElse(0);
    List<UploadRow> open = world.rows.uploads(run.runId(), last + 1);
    checkRound(open);
    log.check(run, last, this::blob);
    committed = new LinkedHashMap<>();
    for (UploadRow row : open) {
      if (row.state() == State.COMMITTED) {
        String name = row.round() + "." + row.attempt() + "/" + row.site() + ".part";
        committed.put(home + "/spool/" + name, row);
      }
    }
    checkReceipts(run, last + 1);
    checkReceipts(run, last);
  }

  private static void checkRound(List<UploadRow> rows) {
    Set<SiteName> standing = new HashSet<>();
    for (UploadRow row : rows) {
      boolean stands = row.state() == State.COMMITTED || row.state() == State.FOLDED;
      if (stands && !standing.add(row.site())) {
        throw new Violation(
            Promise.FOLDED_ONCE,
            "round " + row.round() + " has two updates of " + row.site() + " that count");
      }
    }
  }

  private void checkReceipts(RunRow run, int round) {
    for (Key key : receipts.keySet()) {
      if (key.round() == round) {
        checkReceipt(run, key);
      }
    }
  }

  private void checkReceipt(RunRow run, Key key) {
    Optional<UploadRow> row = world.rows.upload(run.runId(), key.round(), key.site());
    if (row.isEmpty()) {
      throw new Violation(
          Promise.RECEIPT_IS_KEPT, key + " has a receipt but the ledger does not know the update");
    }
    boolean kept =
        switch (row.get().state()) {
          case COMMITTED, FOLDED -> true;
          case DISCARDED -> !row.get().reason().isBlank() && hasFailed(run, key.round());
          case LATE -> false;
        };
    if (!kept || !row.get().receipt().equals(receipts.get(key))) {
      throw new Violation(
          Promise.RECEIPT_IS_KEPT,
          "%s has a receipt but its update is %s (%s) in a round that has not failed"
              .formatted(key, row.get().state(), row.get().reason()));
    }
  }

  private boolean hasFailed(RunRow run, int round) {
    boolean failed =
        world
            .rows
            .attempt(run.runId(), round)
            .filter(row -> row.phase() == Phase.FAILED)
            .isPresent();
    return head.map(ModelRow::round).orElse(0) < round
        && (failed || world.rows.run(run.runId()).filter(now -> now.state().isEnded()).isPresent());
  }

  private void checkDisk() {
    head.ifPresent(model -> checkBlob(model.digest(), ".f32"));
    head.flatMap(ModelRow::optimizerState).ifPresent(state -> checkBlob(state, ".state"));
    committed.forEach(
        (path, row) ->
            checkFile(
                path, row.digest(), Promise.ACCEPTED_NOT_LOST, content -> digest(content, row)));
  }

  private void checkBlob(String digest, String suffix) {
    checkFile(
        home + "/models/" + digest + suffix,
        digest,
        Promise.HEAD_EXISTS,
        content -> Digest.sha256(content).hex());
  }

  /** Of an enciphered update only the length is seen; recovery hashes what it deciphers. */
  private String digest(byte[] content, UploadRow row) {
    if (content.length != row.totalBytes()) {
      return "of " + content.length + " bytes";
    }
    return world.schedule.keeping().enciphered()
        ? row.digest()
        : Manifest.of(ByteBuffer.wrap(content), row.chunkBytes()).digest().hex();
  }

  /** Computes the digest of a file's content. */
  private interface Digester {
    String digest(byte[] content);
  }

  private void checkFile(String path, String digest, Promise promise, Digester digester) {
    Optional<Object> mark = disk.durableMark(path);
    if (mark.isPresent() && mark.get() == verified.get(path)) {
      return;
    }
    Optional<byte[]> content = disk.durableContent(path);
    if (content.isEmpty()) {
      throw new Violation(
          promise, path + (disk.content(path).isEmpty() ? " is not there" : " is not durable"));
    }
    String found = digester.digest(content.get());
    if (!found.equals(digest)) {
      throw new Violation(promise, path + " has digest " + found + ", not " + digest);
    }
    verified.put(path, mark.orElseThrow());
  }

  /** The weights of a model on disk. */
  private byte[] blob(String digest) {
    return disk.content(home + "/models/" + digest + ".f32")
        .orElseThrow(
            () -> new Violation(Promise.HEAD_EXISTS, "the model " + digest + " is not on disk"));
  }

  // ---- what the coordinator says ----

  /** The coordinator sends a message: what it promises there holds from now on. */
  void told(SiteName site, Envelope message) {
    if (!message.hasTaskOutcome()) {
      return;
    }
    TaskOutcome outcome = message.getTaskOutcome();
    if (outcome.getCode() == OutcomeCode.OUTCOME_CODE_ACCEPTED
        && outcome.getKey().getKind() == TaskKind.TASK_KIND_TRAIN) {
      receiptSent(site, outcome);
    }
  }

  private void receiptSent(SiteName site, TaskOutcome outcome) {
    Receipt receipt;
    try {
      receipt = world.notary.receipt(outcome.getReceipt());
    } catch (StatementException e) {
      throw new Violation(Promise.RECEIPT_HAS_ROW, "a receipt is not valid: " + e.getMessage(), e);
    }
    Key key = new Key(receipt.task().round(), site);
    Optional<UploadRow> row = world.rows.upload(receipt.task().runId(), key.round(), site);
    if (row.isEmpty()
        || !receipt.site().equals(site)
        || !row.get().receipt().equals(outcome.getReceipt())
        || !row.get().digest().equals(receipt.updateDigest().hex())
        || row.get().weight() != receipt.weight()) {
      throw new Violation(
          Promise.RECEIPT_HAS_ROW, key + " gets a receipt that the ledger does not know");
    }
    SignedStatement earlier = receipts.putIfAbsent(key, outcome.getReceipt());
    if (earlier != null && !earlier.equals(outcome.getReceipt())) {
      throw new Violation(Promise.RECEIPT_IS_STABLE, key + " gets another receipt");
    }
    ledgerChanged = true; // that it is kept is checked now, too
  }

  /** Whether a host's program may give up for this cause. */
  boolean mayFail(int host, Throwable cause, boolean calm) {
    if (cause instanceof ProcessEnded) {
      return true;
    }
    boolean longCalm =
        calm && world.events.nowMillis() > world.schedule.calmAfterMillis() + LATE_FAILURE_MILLIS;
    if (longCalm) {
      return false;
    }
    boolean excused =
        any(Fault.FullDisk.class, host)
            || any(Fault.DiskError.class, host)
            || (host == 0 && any(Fault.LedgerError.class, host));
    boolean ofStorage =
        cause instanceof UserErrorException error
            ? error.kind() == UserErrorException.Kind.FAILED
            : cause instanceof LedgerException
                || cause instanceof IOException
                || cause instanceof UncheckedIOException;
    return excused && ofStorage;
  }

  private boolean any(Class<? extends Fault> kind, int host) {
    for (Fault fault : world.schedule.faults()) {
      boolean here =
          fault instanceof Fault.FullDisk full
              ? full.host() == host
              : !(fault instanceof Fault.DiskError error) || error.host() == host;
      if (kind.isInstance(fault) && here) {
        return true;
      }
    }
    return false;
  }

  // ---- at the end ----

  /** What the federation still owes, once the run has ended and nothing goes wrong. */
  Optional<Violation> unsettled(RunRow run) {
    List<String> left = new ArrayList<>(disk.names(home + "/spool"));
    left.addAll(disk.names(home + "/keys"));
    if (!left.isEmpty()) {
      return Optional.of(new Violation(Promise.SPOOL_IS_EMPTIED, "left behind: " + left));
    }
    for (UploadRow row : lackingForReplay(run)) {
      return Optional.of(
          new Violation(
              Promise.KEPT_FOR_REPLAY, row.site() + " in round " + row.round() + " is not kept"));
    }
    for (String blob : blobsLackingForReplay(run)) {
      return Optional.of(new Violation(Promise.KEPT_FOR_REPLAY, blob + " is not kept"));
    }
    if (world.network.buffersHeld() > 0) {
      return Optional.of(
          new Violation(
              Promise.BUFFERS_RELEASED, world.network.buffersHeld() + " buffers are held"));
    }
    return sites.unsettled(run);
  }

  private List<UploadRow> lackingForReplay(RunRow run) {
    List<UploadRow> lacking = new ArrayList<>();
    int last = world.schedule.keeping().kept() ? head.map(ModelRow::round).orElse(0) : 0;
    for (int round = 1; round <= last; round++) {
      for (UploadRow row : world.rows.uploads(run.runId(), round)) {
        String path = home + "/kept/" + round + "/" + row.site() + ".part";
        if (row.state() == State.FOLDED
            && disk.durableContent(path)
                .filter(content -> digest(content, row).equals(row.digest()))
                .isEmpty()) {
          lacking.add(row);
        }
      }
    }
    return lacking;
  }

  /** Where spools are kept, so is every model and every optimizer state. */
  private List<String> blobsLackingForReplay(RunRow run) {
    List<String> lacking = new ArrayList<>();
    if (world.schedule.keeping().kept()) {
      for (ModelRow model : world.rows.models(run.runId())) {
        lacking.add(home + "/models/" + model.digest() + ".f32");
        model
            .optimizerState()
            .ifPresent(state -> lacking.add(home + "/models/" + state + ".state"));
      }
      lacking.removeIf(path -> disk.durableContent(path).isPresent());
    }
    return lacking;
  }

  void checkAtEnd(RunRow run) {
    int last = world.rows.head(run.runId()).map(ModelRow::round).orElse(0);
    for (int round = 1; round <= last + 1; round++) {
      checkRound(world.rows.uploads(run.runId(), round));
      checkReceipts(run, round);
    }
    for (Key key : receipts.keySet()) {
      State state = world.rows.upload(run.runId(), key.round(), key.site()).orElseThrow().state();
      if (state == State.COMMITTED) {
        throw new Violation(Promise.RECEIPT_IS_KEPT, key + " was neither folded nor given up");
      }
    }
    log.checkAtEnd(run, last);
  }
}

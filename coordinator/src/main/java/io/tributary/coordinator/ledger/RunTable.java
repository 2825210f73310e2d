package io.tributary.coordinator.ledger;

import com.google.protobuf.ByteString;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Table {@code runs} of the {@link SqliteLedger}. Every transaction asks for its run, so the rows
 * that were asked for last are remembered as they were read and checked; a row that is changed is
 * forgotten, and {@link #forget} forgets all.
 */
final class RunTable {
  /** Most rows remembered; twice as many as runs may be worked on. */
  static final int MAX_KNOWN = 16;

  private static final String SELECT =
      "SELECT number, run_id, name, job, state, reason, pseudonym_key, submitted_at, checksum"
          + " FROM runs NOT INDEXED";

  /** As many question marks as there are states. */
  private static final String IN_STATES =
      " WHERE state IN (?" + ", ?".repeat(RunState.values().length - 1) + ")";

  private final Statements statements;

  private final Map<String, Stored> known =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Stored> eldest) {
          return size() > MAX_KNOWN;
        }
      };

  RunTable(Statements statements) {
    this.statements = statements;
  }

  /**
   * A run, and how it stands in the table.
   *
   * @param number what the other tables call it
   * @param row the run
   */
  record Stored(long number, RunRow row) {}

  /** What is remembered may not be what the table says. */
  void forget() {
    known.clear();
  }

  void insert(RunRow run) {
    statements.update(
        "INSERT INTO runs (run_id, name, job, state, reason, pseudonym_key, submitted_at,"
            + " checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        run.runId(),
        run.name(),
        run.jobJson().toByteArray(),
        run.state().name(),
        run.reason(),
        run.pseudonymKey().toByteArray(),
        run.submittedAt().toString(),
        checksum(run));
  }

  List<RunRow> all() {
    return statements.all(SELECT + " ORDER BY number", row -> read(row).row());
  }

  /** The newest ones in these states, oldest first. */
  List<RunRow> newest(Set<RunState> states, int most) {
    Object[] values = inStates(states, 1);
    values[values.length - 1] = Math.max(0, most); // SQLite takes a negative one for none
    List<RunRow> newest =
        new ArrayList<>(
            statements.all(
                SELECT + IN_STATES + " ORDER BY number DESC LIMIT ?",
                row -> read(row).row(),
                values));
    Collections.reverse(newest);
    return newest;
  }

  int count(Set<RunState> states) {
    return statements
        .first(
            "SELECT count(*) FROM runs NOT INDEXED" + IN_STATES,
            Statements.Row::integer,
            inStates(states, 0))
        .orElseThrow();
  }

  Optional<Stored> named(String name) {
    return statements.first(SELECT + " WHERE name = ?", this::read, name);
  }

  Optional<Stored> find(String runId) {
    Stored remembered = known.get(runId);
    if (remembered != null) {
      return Optional.of(remembered);
    }
    Optional<Stored> found = statements.first(SELECT + " WHERE run_id = ?", this::read, runId);
    found.ifPresent(run -> known.put(runId, run));
    return found;
  }

  void move(Stored run, RunState state, String reason) {
    known.remove(run.row().runId());
    statements.update(
        "UPDATE runs SET state = ?, reason = ?, checksum = ? WHERE number = ?",
        state.name(),
        reason,
        checksum(run.row().in(state, reason)),
        run.number());
  }

  /** No run is in the state "", which stands for those that are not asked for. */
  private static Object[] inStates(Set<RunState> states, int more) {
    Object[] values = new Object[RunState.values().length + more];
    int next = 0;
    for (RunState state : RunState.values()) {
      values[next++] = states.contains(state) ? state.name() : "";
    }
    return values;
  }

  private Stored read(Statements.Row row) throws SQLException {
    long number = row.number();
    String runId = row.text();
    try {
      String name = row.text();
      ByteString job = ByteString.copyFrom(row.bytes());
      RunRow run =
          new RunRow(
              runId,
              name,
              job(runId, job),
              job,
              RunState.valueOf(row.text()),
              row.text(),
              ByteString.copyFrom(row.bytes()),
              Instant.parse(row.text()));
      RowChecksum.require("run " + runId, row.number(), checksum(run));
      return new Stored(number, run);
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new LedgerFailures.DamagedRowException("run " + runId, e);
    }
  }

  private JobSpec job(String runId, ByteString json) {
    Stored remembered = known.get(runId);
    if (remembered != null && remembered.row().jobJson().equals(json)) {
      return remembered.row().job();
    }
    try {
      return JobSpec.fromJson(json.toByteArray());
    } catch (UserErrorException e) {
      throw new LedgerFailures.DamagedRowException(
          "run " + runId + " (which holds no job that this version knows)", e);
    }
  }

  private static long checksum(RunRow run) {
    return RowChecksum.of(
        run.runId(),
        run.name(),
        run.jobJson(),
        run.state(),
        run.reason(),
        run.pseudonymKey(),
        run.submittedAt());
  }
}

package io.tributary.coordinator.ledger;

import com.google.protobuf.ByteString;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Table {@code runs} of the {@link SqliteLedger}. */
final class RunTable {
  /** Most jobs kept parsed; twice as many as may run. */
  private static final int MAX_PARSED = 16;

  private final Handle handle;

  /** By their bytes, so that a row that was changed is parsed again; under the ledger's lock. */
  private final Map<ByteString, JobSpec> parsed =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteString, JobSpec> eldest) {
          return size() > MAX_PARSED;
        }
      };

  RunTable(Handle handle) {
    this.handle = handle;
  }

  /**
   * A run, and how it stands in the table.
   *
   * @param number what the other tables call it
   * @param row the run
   */
  record Stored(long number, RunRow row) {}

  boolean hasName(String name) {
    return handle
        .createQuery("SELECT count(*) FROM runs NOT INDEXED WHERE name = :name")
        .bind("name", name)
        .mapTo(Integer.class)
        .one()
        .equals(1);
  }

  void insert(RunRow run) {
    handle
        .createUpdate(
            "INSERT INTO runs (run_id, name, job, state, reason, pseudonym_key, submitted_at,"
                + " checksum) VALUES (:runId, :name, :job, :state, :reason, :key, :submittedAt,"
                + " :checksum)")
        .bind("runId", run.runId())
        .bind("name", run.name())
        .bind("job", run.jobJson().toByteArray())
        .bind("state", run.state().name())
        .bind("reason", run.reason())
        .bind("key", run.pseudonymKey().toByteArray())
        .bind("submittedAt", run.submittedAt().toString())
        .bind("checksum", checksum(run))
        .execute();
  }

  List<RunRow> all() {
    return handle
        .createQuery("SELECT * FROM runs ORDER BY number")
        .map((rows, context) -> read(rows).row())
        .list();
  }

  Optional<Stored> find(String runId) {
    return handle
        .createQuery("SELECT * FROM runs NOT INDEXED WHERE run_id = :runId")
        .bind("runId", runId)
        .map((rows, context) -> read(rows))
        .findOne();
  }

  void move(Stored run, RunState state, String reason) {
    handle
        .createUpdate(
            "UPDATE runs SET state = :state, reason = :reason, checksum = :checksum"
                + " WHERE number = :number")
        .bind("state", state.name())
        .bind("reason", reason)
        .bind("checksum", checksum(run.row().in(state, reason)))
        .bind("number", run.number())
        .execute();
  }

  private Stored read(ResultSet rows) throws SQLException {
    String runId = rows.getString("run_id");
    ByteString job = ByteString.copyFrom(rows.getBytes("job"));
    try {
      RunRow run =
          new RunRow(
              runId,
              rows.getString("name"),
              job(runId, job),
              job,
              RunState.valueOf(rows.getString("state")),
              rows.getString("reason"),
              ByteString.copyFrom(rows.getBytes("pseudonym_key")),
              Instant.parse(rows.getString("submitted_at")));
      RowChecksum.require("run " + runId, rows.getLong("checksum"), checksum(run));
      return new Stored(rows.getLong("number"), run);
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new LedgerFailures.DamagedRowException("run " + runId, e);
    }
  }

  /** Every commit of an update reads its run, and parsing the job would be most of that. */
  private JobSpec job(String runId, ByteString json) {
    JobSpec known = parsed.get(json);
    if (known != null) {
      return known;
    }
    try {
      JobSpec job = JobSpec.fromJson(json.toByteArray());
      parsed.put(json, job);
      return job;
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

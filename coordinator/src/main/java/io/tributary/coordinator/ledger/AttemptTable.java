package io.tributary.coordinator.ledger;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Tables {@code attempts} and {@code tasks} of the {@link SqliteLedger}. */
final class AttemptTable {
  private static final String WHICH = " WHERE run = :run AND round = :round AND attempt = :attempt";

  private final Handle handle;

  AttemptTable(Handle handle) {
    this.handle = handle;
  }

  void insert(long run, AttemptRow row) {
    handle
        .createUpdate(
            "INSERT INTO attempts (run, round, attempt, phase, base_digest, elapsed_millis, reason,"
                + " checksum) VALUES (:run, :round, :attempt, :phase, :baseDigest, :elapsedMillis,"
                + " :reason, :checksum)")
        .bind("run", run)
        .bind("round", row.round())
        .bind("attempt", row.attempt())
        .bind("phase", row.phase().name())
        .bind("baseDigest", row.baseDigest())
        .bind("elapsedMillis", row.elapsedMillis())
        .bind("reason", row.reason())
        .bind("checksum", checksum(run, row))
        .execute();
    insertTasks(run, row);
  }

  /** Writes where the attempt stands; its tasks stay. */
  void update(long run, AttemptRow row) {
    handle
        .createUpdate(
            "UPDATE attempts SET phase = :phase, elapsed_millis = :elapsedMillis, reason = :reason,"
                + " checksum = :checksum"
                + WHICH)
        .bind("run", run)
        .bind("round", row.round())
        .bind("attempt", row.attempt())
        .bind("phase", row.phase().name())
        .bind("elapsedMillis", row.elapsedMillis())
        .bind("reason", row.reason())
        .bind("checksum", checksum(run, row))
        .execute();
  }

  /** Writes where the attempt stands, with other tasks. */
  void updateWithTasks(long run, AttemptRow row) {
    update(run, row);
    handle
        .createUpdate("DELETE FROM tasks" + WHICH)
        .bind("run", run)
        .bind("round", row.round())
        .bind("attempt", row.attempt())
        .execute();
    insertTasks(run, row);
  }

  /** Writes what has become of a task. */
  void update(long run, AttemptRow row, TaskRow task) {
    handle
        .createUpdate(
            "UPDATE tasks SET state = :state, reason = :reason, checksum = :checksum"
                + WHICH
                + " AND site = :site")
        .bind("run", run)
        .bind("round", row.round())
        .bind("attempt", row.attempt())
        .bind("site", task.site().value())
        .bind("state", task.state())
        .bind("reason", task.reason())
        .bind("checksum", checksum(run, row, task))
        .execute();
  }

  /** The newest attempt, its tasks left out: a thousand need not be read for one upload. */
  Optional<AttemptRow> newestWithoutTasks(long run, int round) {
    return handle
        .createQuery(
            "SELECT * FROM attempts WHERE run = :run AND round = :round"
                + " ORDER BY attempt DESC LIMIT 1")
        .bind("run", run)
        .bind("round", round)
        .map((rows, context) -> attempt(run, rows))
        .findOne();
  }

  Optional<AttemptRow> newest(long run, int round) {
    return newestWithoutTasks(run, round)
        .map(
            row ->
                row.ended(
                    row.phase(),
                    row.reason(),
                    handle
                        .createQuery("SELECT * FROM tasks" + WHICH + " ORDER BY site")
                        .bind("run", run)
                        .bind("round", round)
                        .bind("attempt", row.attempt())
                        .map((rows, context) -> task(run, row, rows))
                        .list()));
  }

  Optional<TaskRow> task(long run, AttemptRow row, SiteName site) {
    return handle
        .createQuery("SELECT * FROM tasks" + WHICH + " AND site = :site")
        .bind("run", run)
        .bind("round", row.round())
        .bind("attempt", row.attempt())
        .bind("site", site.value())
        .map((rows, context) -> task(run, row, rows))
        .findOne();
  }

  private void insertTasks(long run, AttemptRow row) {
    if (row.tasks().isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO tasks (run, round, attempt, site, asked_attempt, state, reason, rejoins,"
                + " checksum) VALUES (:run, :round, :attempt, :site, :asked, :state, :reason, :rejoins,"
                + " :checksum)");
    for (TaskRow task : row.tasks()) {
      batch
          .bind("run", run)
          .bind("round", row.round())
          .bind("attempt", row.attempt())
          .bind("site", task.site().value())
          .bind("asked", task.attempt())
          .bind("state", task.state())
          .bind("reason", task.reason())
          .bind("rejoins", task.rejoins())
          .bind("checksum", checksum(run, row, task))
          .add();
    }
    batch.execute();
  }

  private static AttemptRow attempt(long run, ResultSet rows) throws SQLException {
    int round = rows.getInt("round");
    int attempt = rows.getInt("attempt");
    String name = "round " + round + ", attempt " + attempt;
    try {
      AttemptRow row =
          new AttemptRow(
              round,
              attempt,
              Phase.valueOf(rows.getString("phase")),
              rows.getString("base_digest"),
              rows.getLong("elapsed_millis"),
              rows.getString("reason"),
              List.of());
      RowChecksum.require(name, rows.getLong("checksum"), checksum(run, row));
      return row;
    } catch (IllegalArgumentException e) {
      throw new LedgerFailures.DamagedRowException(name, e);
    }
  }

  private static TaskRow task(long run, AttemptRow row, ResultSet rows) throws SQLException {
    String name = "a task in round " + row.round() + ", attempt " + row.attempt();
    try {
      TaskRow task =
          new TaskRow(
              new SiteName(rows.getString("site")),
              rows.getInt("asked_attempt"),
              rows.getString("state"),
              rows.getString("reason"),
              rows.getInt("rejoins"));
      RowChecksum.require(name, rows.getLong("checksum"), checksum(run, row, task));
      return task;
    } catch (UserErrorException e) {
      throw new LedgerFailures.DamagedRowException(name, e);
    }
  }

  private static long checksum(long run, AttemptRow row) {
    return RowChecksum.of(
        run,
        row.round(),
        row.attempt(),
        row.phase(),
        row.baseDigest(),
        row.elapsedMillis(),
        row.reason());
  }

  private static long checksum(long run, AttemptRow row, TaskRow task) {
    return RowChecksum.of(
        run,
        row.round(),
        row.attempt(),
        task.site(),
        task.attempt(),
        task.state(),
        task.reason(),
        task.rejoins());
  }
}

package io.tributary.coordinator.ledger;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.AttemptRow.Phase;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Tables {@code attempts} and {@code tasks} of the {@link SqliteLedger}. */
final class AttemptTable {
  private static final String WHICH = " WHERE run = ? AND round = ? AND attempt = ?";
  private static final String TASKS =
      "SELECT site, asked_attempt, state, reason, rejoins, checksum FROM tasks" + WHICH;

  private final Statements statements;

  AttemptTable(Statements statements) {
    this.statements = statements;
  }

  void insert(long run, AttemptRow row) {
    statements.update(
        "INSERT INTO attempts (run, round, attempt, phase, base_digest, elapsed_millis, reason,"
            + " checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        run,
        row.round(),
        row.attempt(),
        row.phase().name(),
        row.baseDigest(),
        row.elapsedMillis(),
        row.reason(),
        checksum(run, row));
    insertTasks(run, row);
  }

  /** Writes where the attempt stands; its tasks stay. */
  void update(long run, AttemptRow row) {
    statements.update(
        "UPDATE attempts SET phase = ?, elapsed_millis = ?, reason = ?, checksum = ?" + WHICH,
        row.phase().name(),
        row.elapsedMillis(),
        row.reason(),
        checksum(run, row),
        run,
        row.round(),
        row.attempt());
  }

  /** Writes where the attempt stands, with other tasks. */
  void updateWithTasks(long run, AttemptRow row) {
    update(run, row);
    statements.update("DELETE FROM tasks" + WHICH, run, row.round(), row.attempt());
    insertTasks(run, row);
  }

  /** Writes what has become of a task. */
  void update(long run, AttemptRow row, TaskRow task) {
    statements.update(
        "UPDATE tasks SET state = ?, reason = ?, checksum = ?" + WHICH + " AND site = ?",
        task.state(),
        task.reason(),
        checksum(run, row, task),
        run,
        row.round(),
        row.attempt(),
        task.site().value());
  }

  /** The newest attempt, its tasks left out: a thousand need not be read for one upload. */
  Optional<AttemptRow> newestWithoutTasks(long run, int round) {
    return statements.first(
        "SELECT round, attempt, phase, base_digest, elapsed_millis, reason, checksum FROM attempts"
            + " WHERE run = ? AND round = ? ORDER BY attempt DESC LIMIT 1",
        row -> attempt(run, row),
        run,
        round);
  }

  Optional<AttemptRow> newest(long run, int round) {
    return newestWithoutTasks(run, round)
        .map(
            row ->
                row.ended(
                    row.phase(),
                    row.reason(),
                    statements.all(
                        TASKS + " ORDER BY site",
                        task -> task(run, row, task),
                        run,
                        round,
                        row.attempt())));
  }

  Optional<TaskRow> task(long run, AttemptRow row, SiteName site) {
    return statements.first(
        TASKS + " AND site = ?",
        task -> task(run, row, task),
        run,
        row.round(),
        row.attempt(),
        site.value());
  }

  private void insertTasks(long run, AttemptRow row) {
    for (TaskRow task : row.tasks()) {
      statements.update(
          "INSERT INTO tasks (run, round, attempt, site, asked_attempt, state, reason, rejoins,"
              + " checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          run,
          row.round(),
          row.attempt(),
          task.site().value(),
          task.attempt(),
          task.state(),
          task.reason(),
          task.rejoins(),
          checksum(run, row, task));
    }
  }

  private static AttemptRow attempt(long run, Statements.Row row) throws SQLException {
    int round = row.integer();
    int attempt = row.integer();
    String name = "round " + round + ", attempt " + attempt;
    try {
      AttemptRow read =
          new AttemptRow(
              round,
              attempt,
              Phase.valueOf(row.text()),
              row.text(),
              row.number(),
              row.text(),
              List.of());
      RowChecksum.require(name, row.number(), checksum(run, read));
      return read;
    } catch (IllegalArgumentException e) {
      throw new LedgerFailures.DamagedRowException(name, e);
    }
  }

  private static TaskRow task(long run, AttemptRow attempt, Statements.Row row)
      throws SQLException {
    String name = "a task in round " + attempt.round() + ", attempt " + attempt.attempt();
    try {
      TaskRow task =
          new TaskRow(
              new SiteName(row.text()), row.integer(), row.text(), row.text(), row.integer());
      RowChecksum.require(name, row.number(), checksum(run, attempt, task));
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

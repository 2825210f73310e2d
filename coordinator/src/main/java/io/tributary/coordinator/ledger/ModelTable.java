package io.tributary.coordinator.ledger;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Table {@code models} of the {@link SqliteLedger}. */
final class ModelTable {
  private static final String SELECT =
      "SELECT round, digest, optimizer_state, checksum FROM models WHERE run = ? ORDER BY round";

  private final Statements statements;

  ModelTable(Statements statements) {
    this.statements = statements;
  }

  void insert(long run, ModelRow model) {
    statements.update(
        "INSERT INTO models (run, round, digest, optimizer_state, checksum)"
            + " VALUES (?, ?, ?, ?, ?)",
        run,
        model.round(),
        model.digest(),
        model.optimizerState().orElse(null),
        checksum(run, model));
  }

  Optional<ModelRow> head(long run) {
    return statements.first(SELECT + " DESC LIMIT 1", row -> read(run, row), run);
  }

  List<ModelRow> all(long run) {
    return statements.all(SELECT, row -> read(run, row), run);
  }

  private static ModelRow read(long run, Statements.Row row) throws SQLException {
    ModelRow model = new ModelRow(row.integer(), row.text(), row.optionalText());
    RowChecksum.require("model " + model.round(), row.number(), checksum(run, model));
    return model;
  }

  private static long checksum(long run, ModelRow model) {
    return RowChecksum.of(run, model.round(), model.digest(), model.optimizerState().orElse(""));
  }
}

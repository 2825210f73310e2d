package io.tributary.coordinator.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Table {@code models} of the {@link SqliteLedger}. */
final class ModelTable {
  private final Handle handle;

  ModelTable(Handle handle) {
    this.handle = handle;
  }

  void insert(long run, ModelRow model) {
    handle
        .createUpdate(
            "INSERT INTO models (run, round, digest, optimizer_state, checksum)"
                + " VALUES (:run, :round, :digest, :optimizerState, :checksum)")
        .bind("run", run)
        .bind("round", model.round())
        .bind("digest", model.digest())
        .bind("optimizerState", model.optimizerState().orElse(null))
        .bind("checksum", checksum(run, model))
        .execute();
  }

  Optional<ModelRow> head(long run) {
    return handle
        .createQuery("SELECT * FROM models WHERE run = :run ORDER BY round DESC LIMIT 1")
        .bind("run", run)
        .map((rows, context) -> read(run, rows))
        .findOne();
  }

  List<ModelRow> all(long run) {
    return handle
        .createQuery("SELECT * FROM models WHERE run = :run ORDER BY round")
        .bind("run", run)
        .map((rows, context) -> read(run, rows))
        .list();
  }

  private static ModelRow read(long run, ResultSet rows) throws SQLException {
    ModelRow model =
        new ModelRow(
            rows.getInt("round"),
            rows.getString("digest"),
            Optional.ofNullable(rows.getString("optimizer_state")));
    RowChecksum.require("model " + model.round(), rows.getLong("checksum"), checksum(run, model));
    return model;
  }

  private static long checksum(long run, ModelRow model) {
    return RowChecksum.of(run, model.round(), model.digest(), model.optimizerState().orElse(""));
  }
}

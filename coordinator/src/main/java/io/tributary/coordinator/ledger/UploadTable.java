package io.tributary.coordinator.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Table {@code uploads} of the {@link SqliteLedger}. */
final class UploadTable {
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final TypeReference<Map<String, Double>> METRICS = new TypeReference<>() {};
  private static final String OF_ROUND =
      " FROM uploads NOT INDEXED WHERE run = :run AND round = :round";

  private final Handle handle;

  UploadTable(Handle handle) {
    this.handle = handle;
  }

  /**
   * An upload, and how it stands in the table.
   *
   * @param position in its round, in order of commit
   * @param row the upload
   */
  record Stored(int position, UploadRow row) {}

  void insert(long run, UploadRow upload) {
    int position =
        handle
            .createQuery("SELECT count(*)" + OF_ROUND)
            .bind("run", run)
            .bind("round", upload.round())
            .mapTo(Integer.class)
            .one();
    handle
        .createUpdate(
            "INSERT INTO uploads (run, round, site, position, attempt, digest, total_bytes,"
                + " chunk_bytes, weight, metrics, state, reason, receipt, checksum) VALUES (:run,"
                + " :round, :site, :position, :attempt, :digest, :totalBytes, :chunkBytes, :weight, :metrics, :state,"
                + " :reason, :receipt, :checksum)")
        .bind("run", run)
        .bind("round", upload.round())
        .bind("attempt", upload.attempt())
        .bind("site", upload.site().value())
        .bind("position", position)
        .bind("digest", upload.digest())
        .bind("totalBytes", upload.totalBytes())
        .bind("chunkBytes", upload.chunkBytes())
        .bind("weight", upload.weight())
        .bind("metrics", json(upload.metrics()))
        .bind("state", upload.state().name())
        .bind("reason", upload.reason())
        .bind("receipt", upload.receipt().toByteArray())
        .bind("checksum", checksum(run, position, upload))
        .execute();
  }

  /** A site's, in order of commit. */
  List<UploadRow> ofSite(String runId, long run, int round, SiteName site) {
    return handle
        .createQuery("SELECT *" + OF_ROUND + " AND site = :site ORDER BY position")
        .bind("run", run)
        .bind("round", round)
        .bind("site", site.value())
        .map((rows, context) -> read(runId, run, rows).row())
        .list();
  }

  /** All, in order of commit. */
  List<Stored> ofRound(String runId, long run, int round) {
    return handle
        .createQuery("SELECT *" + OF_ROUND + " ORDER BY position")
        .bind("run", run)
        .bind("round", round)
        .map((rows, context) -> read(runId, run, rows))
        .list();
  }

  /** Takes COMMITTED ones to another state. */
  void settle(long run, Collection<Stored> settled, State state, String reason) {
    if (settled.isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            "UPDATE uploads SET state = :state, reason = :reason, checksum = :checksum"
                + " WHERE run = :run AND round = :round AND site = :site"
                + " AND position = :position");
    for (Stored upload : settled) {
      UploadRow row = upload.row().in(state, reason);
      batch
          .bind("run", run)
          .bind("round", row.round())
          .bind("site", row.site().value())
          .bind("position", upload.position())
          .bind("state", state.name())
          .bind("reason", reason)
          .bind("checksum", checksum(run, upload.position(), row))
          .add();
    }
    batch.execute();
  }

  private static Stored read(String runId, long run, ResultSet rows) throws SQLException {
    try {
      UploadRow upload =
          new UploadRow(
              runId,
              rows.getInt("round"),
              new SiteName(rows.getString("site")),
              rows.getInt("attempt"),
              rows.getString("digest"),
              rows.getLong("total_bytes"),
              rows.getInt("chunk_bytes"),
              rows.getLong("weight"),
              JSON.readValue(rows.getString("metrics"), METRICS),
              State.valueOf(rows.getString("state")),
              rows.getString("reason"),
              LogTable.statement(rows.getBytes("receipt")));
      int position = rows.getInt("position");
      RowChecksum.require(
          "site " + upload.site() + "'s upload in round " + upload.round(),
          rows.getLong("checksum"),
          checksum(run, position, upload));
      return new Stored(position, upload);
    } catch (UserErrorException | IllegalArgumentException | JsonProcessingException e) {
      throw new LedgerFailures.DamagedRowException("an upload", e);
    }
  }

  private static long checksum(long run, int position, UploadRow upload) {
    return RowChecksum.of(
        run,
        upload.round(),
        upload.site(),
        position,
        upload.attempt(),
        upload.digest(),
        upload.totalBytes(),
        upload.chunkBytes(),
        upload.weight(),
        bits(upload.metrics()),
        upload.state(),
        upload.reason(),
        upload.receipt().toByteString());
  }

  /** Java's versions differ in how they spell a double. */
  private static String bits(Map<String, Double> metrics) {
    Map<String, Long> bits = new TreeMap<>();
    metrics.forEach((name, value) -> bits.put(name, Double.doubleToLongBits(value)));
    return bits.toString();
  }

  private static String json(Map<String, Double> metrics) {
    try {
      return JSON.writeValueAsString(new TreeMap<>(metrics));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("metrics are numbers by name", e);
    }
  }
}

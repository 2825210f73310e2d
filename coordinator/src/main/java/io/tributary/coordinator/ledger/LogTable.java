package io.tributary.coordinator.ledger;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Tables {@code transparency_log} and {@code records} of the {@link SqliteLedger}. */
final class LogTable {
  private final Handle handle;

  LogTable(Handle handle) {
    this.handle = handle;
  }

  void append(long run, int sequence, SignedStatement entry) {
    handle
        .createUpdate(
            "INSERT INTO transparency_log (run, sequence, entry, checksum)"
                + " VALUES (:run, :sequence, :entry, :checksum)")
        .bind("run", run)
        .bind("sequence", sequence)
        .bind("entry", entry.toByteArray())
        .bind("checksum", RowChecksum.of(run, sequence, entry.toByteString()))
        .execute();
  }

  List<SignedStatement> entries(long run, int fromSequence, int limit) {
    return handle
        .createQuery(
            "SELECT * FROM transparency_log WHERE run = :run AND sequence >= :from"
                + " ORDER BY sequence LIMIT :limit")
        .bind("run", run)
        .bind("from", fromSequence)
        .bind("limit", Math.max(0, limit)) // SQLite takes a negative one for none
        .map(
            (rows, context) -> {
              int sequence = rows.getInt("sequence");
              SignedStatement entry = statement(rows.getBytes("entry"));
              RowChecksum.require(
                  "log entry " + sequence,
                  rows.getLong("checksum"),
                  RowChecksum.of(run, sequence, entry.toByteString()));
              return entry;
            })
        .list();
  }

  /** The first one of an attempt stands. */
  void addRecord(long run, int round, int attempt, String json) {
    handle
        .createUpdate(
            "INSERT INTO records (run, round, attempt, json, checksum)"
                + " VALUES (:run, :round, :attempt, :json, :checksum)"
                + " ON CONFLICT (run, round, attempt) DO NOTHING")
        .bind("run", run)
        .bind("round", round)
        .bind("attempt", attempt)
        .bind("json", json)
        .bind("checksum", RowChecksum.of(run, round, attempt, json))
        .execute();
  }

  List<String> records(long run) {
    return handle
        .createQuery("SELECT * FROM records WHERE run = :run ORDER BY round, attempt")
        .bind("run", run)
        .map(
            (rows, context) -> {
              int round = rows.getInt("round");
              int attempt = rows.getInt("attempt");
              String json = rows.getString("json");
              RowChecksum.require(
                  "the record of round " + round + ", attempt " + attempt,
                  rows.getLong("checksum"),
                  RowChecksum.of(run, round, attempt, json));
              return json;
            })
        .list();
  }

  /** The statement that these bytes are. */
  static SignedStatement statement(byte[] bytes) {
    try {
      return SignedStatement.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new LedgerFailures.DamagedRowException("a signed statement", e);
    }
  }
}

package io.tributary.coordinator.ledger;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.wire.v1.SignedStatement;
import java.util.List;

/** Tables {@code transparency_log} and {@code records} of the {@link SqliteLedger}. */
final class LogTable {
  private final Statements statements;

  LogTable(Statements statements) {
    this.statements = statements;
  }

  void append(long run, int sequence, SignedStatement entry) {
    statements.update(
        "INSERT INTO transparency_log (run, sequence, entry, checksum) VALUES (?, ?, ?, ?)",
        run,
        sequence,
        entry.toByteArray(),
        RowChecksum.of(run, sequence, entry.toByteString()));
  }

  List<SignedStatement> entries(long run, int fromSequence, int limit) {
    return statements.all(
        "SELECT sequence, entry, checksum FROM transparency_log WHERE run = ? AND sequence >= ?"
            + " ORDER BY sequence LIMIT ?",
        row -> {
          int sequence = row.integer();
          SignedStatement entry = statement(row.bytes());
          RowChecksum.require(
              "log entry " + sequence,
              row.number(),
              RowChecksum.of(run, sequence, entry.toByteString()));
          return entry;
        },
        run,
        fromSequence,
        Math.max(0, limit)); // SQLite takes a negative one for none
  }

  /** The first one of an attempt stands. */
  void addRecord(long run, int round, int attempt, String json) {
    statements.update(
        "INSERT INTO records (run, round, attempt, json, checksum) VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT (run, round, attempt) DO NOTHING",
        run,
        round,
        attempt,
        json,
        RowChecksum.of(run, round, attempt, json));
  }

  List<String> records(long run) {
    return statements.all(
        "SELECT round, attempt, json, checksum FROM records WHERE run = ? ORDER BY round, attempt",
        row -> {
          int round = row.integer();
          int attempt = row.integer();
          String json = row.text();
          RowChecksum.require(
              "the record of round " + round + ", attempt " + attempt,
              row.number(),
              RowChecksum.of(run, round, attempt, json));
          return json;
        },
        run);
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

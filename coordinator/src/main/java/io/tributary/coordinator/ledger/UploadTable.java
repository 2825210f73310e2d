package io.tributary.coordinator.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Table {@code uploads} of the {@link SqliteLedger}. In which order a round's uploads were
 * committed is remembered, so that neither the next position nor the newest rows have to be looked
 * for among all; {@link #forget} forgets it. Rows are never deleted.
 */
final class UploadTable {
  /** Most rounds whose order is remembered; twice as many as runs may be worked on. */
  static final int MAX_ROUNDS = 16;

  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final ObjectReader METRICS =
      JSON.readerFor(new TypeReference<Map<String, Double>>() {});
  private static final String OF_ROUND = " FROM uploads NOT INDEXED WHERE run = ? AND round = ?";
  private static final String SELECT =
      "SELECT round, site, position, attempt, digest, total_bytes, chunk_bytes, weight, metrics,"
          + " state, reason, receipt, checksum"
          + OF_ROUND;

  private final Statements statements;

  /** A round of a run. */
  private record Round(long run, int round) {}

  /** Which of a round's uploads is whose. */
  private record Place(int position, SiteName site) {}

  private final Map<Round, List<SiteName>> orders =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Round, List<SiteName>> eldest) {
          return size() > MAX_ROUNDS;
        }
      };

  UploadTable(Statements statements) {
    this.statements = statements;
  }

  /**
   * An upload, and how it stands in the table.
   *
   * @param position in its round, in order of commit
   * @param row the upload
   */
  record Stored(int position, UploadRow row) {}

  /** What is remembered may not be what the table says. */
  void forget() {
    orders.clear();
  }

  void insert(long run, UploadRow upload) {
    List<SiteName> order = order(run, upload.round());
    int position = order.size();
    statements.update(
        "INSERT INTO uploads (run, round, site, position, attempt, digest, total_bytes,"
            + " chunk_bytes, weight, metrics, state, reason, receipt, checksum)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run,
        upload.round(),
        upload.site().value(),
        position,
        upload.attempt(),
        upload.digest(),
        upload.totalBytes(),
        upload.chunkBytes(),
        upload.weight(),
        json(upload.metrics()),
        upload.state().name(),
        upload.reason(),
        upload.receipt().toByteArray(),
        checksum(run, position, upload));
    order.add(upload.site());
  }

  /** A site's, in order of commit. */
  List<Stored> ofSite(String runId, long run, int round, SiteName site) {
    return statements.all(
        SELECT + " AND site = ? ORDER BY position",
        row -> read(runId, run, row),
        run,
        round,
        site.value());
  }

  /** All, in order of commit. */
  List<Stored> ofRound(String runId, long run, int round) {
    return statements.all(SELECT + " ORDER BY position", row -> read(runId, run, row), run, round);
  }

  /** Those from a position on, in order of commit. */
  List<UploadRow> from(String runId, long run, int round, int position) {
    List<SiteName> order = order(run, round);
    List<UploadRow> rows = new ArrayList<>();
    for (int each = Math.max(0, position); each < order.size(); each++) {
      rows.add(
          statements
              .first(
                  SELECT + " AND site = ? AND position = ?",
                  row -> read(runId, run, row).row(),
                  run,
                  round,
                  order.get(each).value(),
                  each)
              .orElseThrow(() -> new LedgerFailures.DamagedRowException("an upload")));
    }
    return rows;
  }

  /** The sites of a round's uploads in order of commit. */
  private List<SiteName> order(long run, int round) {
    Round which = new Round(run, round);
    List<SiteName> order = orders.get(which);
    if (order == null) {
      order = readOrder(run, round);
      orders.put(which, order);
    }
    return order;
  }

  private List<SiteName> readOrder(long run, int round) {
    List<SiteName> order = new ArrayList<>();
    for (Place place :
        statements.all(
            "SELECT position, site" + OF_ROUND + " ORDER BY position",
            row -> new Place(row.integer(), site(row.text())),
            run,
            round)) {
      if (place.position() != order.size()) {
        throw new LedgerFailures.DamagedRowException("site " + place.site() + "'s upload");
      }
      order.add(place.site());
    }
    return order;
  }

  private static SiteName site(String name) {
    try {
      return new SiteName(name);
    } catch (UserErrorException e) {
      throw new LedgerFailures.DamagedRowException("an upload", e);
    }
  }

  /** Those that are COMMITTED; at most one of a site's. */
  static List<Stored> committed(List<Stored> uploads) {
    List<Stored> committed = new ArrayList<>(uploads);
    committed.removeIf(upload -> upload.row().state() != State.COMMITTED);
    return committed;
  }

  /** The one of a site's that counts. */
  static Optional<UploadRow> standing(List<Stored> ofSite) {
    return ofSite.stream()
        .map(Stored::row)
        .filter(row -> row.state() == State.COMMITTED || row.state() == State.FOLDED)
        .findFirst();
  }

  static Set<SiteName> sites(List<Stored> uploads) {
    return uploads.stream().map(upload -> upload.row().site()).collect(Collectors.toSet());
  }

  /** Takes COMMITTED ones to another state. */
  void settle(long run, Collection<Stored> settled, State state, String reason) {
    for (Stored upload : settled) {
      UploadRow row = upload.row().in(state, reason);
      statements.update(
          "UPDATE uploads SET state = ?, reason = ?, checksum = ?"
              + " WHERE run = ? AND round = ? AND site = ? AND position = ?",
          state.name(),
          reason,
          checksum(run, upload.position(), row),
          run,
          row.round(),
          row.site().value(),
          upload.position());
    }
  }

  private static Stored read(String runId, long run, Statements.Row row) throws SQLException {
    try {
      int round = row.integer();
      SiteName site = new SiteName(row.text());
      int position = row.integer();
      UploadRow upload =
          new UploadRow(
              runId,
              round,
              site,
              row.integer(),
              row.text(),
              row.number(),
              row.integer(),
              row.number(),
              METRICS.readValue(row.text()),
              State.valueOf(row.text()),
              row.text(),
              LogTable.statement(row.bytes()));
      RowChecksum.require(
          "site " + site + "'s upload in round " + round,
          row.number(),
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

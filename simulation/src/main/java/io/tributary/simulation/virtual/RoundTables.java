package io.tributary.simulation.virtual;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.coordinator.job.RoundRecord;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * {@code rounds.csv} and {@code rounds.jsonl}, a line an attempt. The ledger's records are the
 * truth: both files are written anew from them when a simulation goes on, keeping the measured
 * seconds of lines that are there, and added to afterwards.
 */
final class RoundTables {
  private static final String[] COLUMNS = {
    "round",
    "attempt",
    "outcome",
    "selected",
    "folded",
    "dropped",
    "late",
    "refused",
    "heldOutNatsPerByte",
    "heldOutBytes",
    "virtualSeconds",
    "wallSeconds",
    "trainingSeconds",
    "modelDigest"
  };
  private static final String WALL = "wallSeconds";
  private static final String TRAINING = "trainingSeconds";

  private final Path csv;
  private final Path jsonLines;
  private final ObjectMapper mapper = new ObjectMapper();

  private RoundTables(Path csv, Path jsonLines) {
    this.csv = csv;
    this.jsonLines = jsonLines;
  }

  /**
   * Writes both files from the ledger's records.
   *
   * @param records JSON of each, in order
   * @param lines takes a line of each record
   */
  static RoundTables open(Path csv, Path jsonLines, List<String> records, List<RoundLine> lines)
      throws IOException {
    RoundTables tables = new RoundTables(csv, jsonLines);
    Map<String, JsonNode> measured = tables.measured();
    Files.deleteIfExists(jsonLines);
    Files.writeString(csv, String.join(",", COLUMNS) + "\r\n");
    for (String json : records) {
      RoundRecord record = tables.mapper.readValue(json, RoundRecord.class);
      JsonNode old = measured.get(key(record.round(), record.attempt()));
      RoundLine line = RoundLine.of(record, seconds(old, WALL), seconds(old, TRAINING));
      tables.add(record, line);
      lines.add(line);
    }
    return tables;
  }

  /** What was measured of which attempt; a line that a crash cut off is no loss. */
  private Map<String, JsonNode> measured() throws IOException {
    Map<String, JsonNode> measured = new LinkedHashMap<>();
    if (Files.exists(jsonLines)) {
      for (String line : Files.readAllLines(jsonLines, StandardCharsets.UTF_8)) {
        try {
          JsonNode node = mapper.readTree(line);
          measured.put(key(node.path("round").asInt(), node.path("attempt").asInt()), node);
        } catch (JsonProcessingException torn) {
          break;
        }
      }
    }
    return measured;
  }

  private static String key(int round, int attempt) {
    return round + "." + attempt;
  }

  private static Double seconds(JsonNode node, String name) {
    return node == null || !node.path(name).isNumber() ? null : node.path(name).asDouble();
  }

  /** Adds a line to both files. */
  void add(RoundRecord record, RoundLine line) throws IOException {
    ObjectNode json = mapper.valueToTree(record);
    if (line.wallSeconds() != null) {
      json.put(WALL, line.wallSeconds());
      json.put(TRAINING, line.trainingSeconds());
    }
    append(jsonLines, mapper.writeValueAsString(json) + "\n");
    StringBuilder row = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(row, CSVFormat.RFC4180)) {
      JsonNode cells = mapper.valueToTree(line);
      List<String> values = new ArrayList<>();
      for (String column : COLUMNS) {
        values.add(cells.path(column).asText(""));
      }
      printer.printRecord(values);
    }
    append(csv, row.toString());
  }

  private static void append(Path file, String text) throws IOException {
    try (Writer out =
        Files.newBufferedWriter(
            file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      out.write(text);
    }
  }
}

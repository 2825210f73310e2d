package io.tributary.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.coordinator.job.RoundRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the history that a coordinator wrote beside a run's models. */
final class RoundRecords {
  private static final String FILE = "rounds.jsonl";

  private RoundRecords() {}

  static List<RoundRecord> read(Path run) {
    Path file = run.resolve(FILE);
    ObjectMapper json = new ObjectMapper();
    List<RoundRecord> records = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        records.add(json.readValue(line, RoundRecord.class));
      }
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED, file + " cannot be read: " + e.getMessage(), e);
    }
    return records;
  }
}

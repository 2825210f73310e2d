package io.tributary.coordinator.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.store.CrashMoment;
import io.tributary.common.store.CrashPoint;
import io.tributary.common.store.DurableFiles;
import io.tributary.coordinator.job.RoundJournal;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.LedgerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one run's records in the ledger, and a copy of them in {@code rounds.jsonl}, one JSON
 * object a line. The copy is written anew from the ledger at start, and before the next record
 * whenever a write has failed, so that it never says anything else than the ledger.
 */
public final class LedgerRoundJournal implements RoundJournal {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerRoundJournal.class);
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private record Attempt(int round, int attempt) {}

  private final String runId;
  private final Ledger ledger;
  private final Path file;
  private final SerialLane lane;
  private final CrashPoint crash;
  private final Set<Attempt> written = new HashSet<>(); // confined to the lane once made
  private boolean stale; // confined to the lane once made: the copy lacks something

  private LedgerRoundJournal(
      String runId, Ledger ledger, Path file, Executor pool, CrashPoint crash) {
    this.runId = runId;
    this.ledger = ledger;
    this.file = file;
    this.lane = new SerialLane(pool);
    this.crash = crash;
  }

  /**
   * Writes the copy anew and makes a journal that goes on with it.
   *
   * @param file {@code rounds.jsonl}
   * @param pool where records are written, one at a time
   * @throws IOException when the copy cannot be written
   */
  public static LedgerRoundJournal open(
      String runId, Ledger ledger, Path file, Executor pool, CrashPoint crash) throws IOException {
    LedgerRoundJournal journal = new LedgerRoundJournal(runId, ledger, file, pool, crash);
    journal.rewrite();
    return journal;
  }

  @Override
  public void append(RoundRecord record) {
    lane.execute(
        () -> {
          try {
            write(new Attempt(record.round(), record.attempt()), JSON.writeValueAsString(record));
          } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write a record as JSON", e);
          } catch (LedgerException e) {
            LOG.error("round {} is not recorded: {}", record.round(), e.getMessage());
          } catch (IOException e) {
            stale = true;
            LOG.error(
                "round {} is recorded, but not in {} yet: {}", record.round(), file, e.toString());
          }
        });
  }

  private void write(Attempt attempt, String json) throws IOException {
    ledger.addRecord(runId, attempt.round(), attempt.attempt(), json);
    crash.reached(CrashMoment.ROUND_RECORDED);
    if (stale) {
      rewrite();
    } else if (written.add(attempt)) { // the first record of an attempt stands
      appendLine(json);
    }
  }

  private void rewrite() throws IOException {
    StringBuilder lines = new StringBuilder();
    Set<Attempt> attempts = new HashSet<>();
    for (String json : ledger.records(runId)) {
      JsonNode node = JSON.readTree(json);
      attempts.add(new Attempt(node.path("round").asInt(), node.path("attempt").asInt()));
      lines.append(json).append('\n');
    }
    DurableFiles.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
    written.clear();
    written.addAll(attempts);
    stale = false;
  }

  private void appendLine(String json) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long end = channel.size();
      ByteBuffer bytes = ByteBuffer.wrap((json + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
      channel.force(true);
    }
  }
}

package io.tributary.coordinator.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.coordinator.job.RoundJournal;
import io.tributary.coordinator.job.RoundRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends to {@code rounds.jsonl}: one JSON object a line, on disk before the next is written. A
 * line that a crash cut short is ended before the first new one, so every other line stays
 * readable.
 */
public final class FileRoundJournal implements RoundJournal {
  private static final Logger LOG = LoggerFactory.getLogger(FileRoundJournal.class);
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private final SerialLane lane;

  /** Makes a journal that writes on the pool, one record at a time. */
  public FileRoundJournal(Path file, Executor pool) {
    this.file = file;
    this.lane = new SerialLane(pool);
  }

  @Override
  public void append(RoundRecord record) {
    lane.execute(
        () -> {
          try {
            write(JSON.writeValueAsString(record) + "\n");
          } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write a record as JSON", e);
          } catch (IOException e) {
            LOG.error("round {} is not in {}: {}", record.round(), file, e.toString());
          }
        });
  }

  private void write(String line) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long end = channel.size();
      String text = endsMidLine(channel, end) ? "\n" + line : line;
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
      channel.force(true);
    }
  }

  private static boolean endsMidLine(FileChannel channel, long size) throws IOException {
    if (size == 0) {
      return false;
    }
    ByteBuffer last = ByteBuffer.allocate(1);
    int unusedRead = channel.read(last, size - 1);
    return last.get(0) != '\n';
  }
}

package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.LocalPlan;
import io.tributary.common.job.JobSpec;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.wire.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutboxTest {
  private static final Map<String, Double> METRICS = Map.of("training-loss-nats-per-token", 0.1);

  @TempDir private Path directory;

  private final JobSpec job = TestJobs.job();
  private final byte[] update = TestJobs.bytes(TestJobs.weights(3));

  private Outbox outbox() {
    return new Outbox(directory, TestJobs.LIMITS);
  }

  private TaskOrder order(int attempt) {
    return new TaskOrder(
        FakeCoordinator.train(1, attempt),
        job,
        Statements.digest("job"),
        Manifest.of(ByteBuffer.wrap(new byte[] {1}), 1),
        new LocalPlan(123, 5, 77),
        new UpdateTerms(job, new LocalPlan(123, 5, 77), TestJobs.LIMITS));
  }

  private ReadyUpdate put(Outbox outbox, int attempt) throws IOException {
    return outbox.put(order(attempt), out -> out.write(update), METRICS);
  }

  private List<Path> files() throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  private void assertDropped(String reason) throws IOException {
    try (LogCapture log = new LogCapture(Outbox.class.getName())) {
      assertThat(outbox().restore()).isEmpty();
      assertThat(log.lines())
          .anyMatch(line -> line.contains("is not sent") && line.contains(reason));
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void givesAnUpdateBackAsItWas() throws Exception {
    ReadyUpdate written = put(outbox(), 1);

    ReadyUpdate restored = outbox().restore().orElseThrow();

    assertThat(restored).isEqualTo(written);
    assertThat(restored.file()).hasBinaryContent(update);
    assertThat(SiteMessages.uploadOffer(restored.task(), restored))
        .isEqualTo(SiteMessages.uploadOffer(written.task(), written));
  }

  @Test
  void holdsOneUpdateAtMost() throws Exception {
    Outbox outbox = outbox();
    ReadyUpdate first = put(outbox, 1);
    ReadyUpdate second = put(outbox, 2);

    outbox.erase(first); // is not there any more, and takes nothing with it

    assertThat(outbox().restore()).contains(second);
    outbox.erase(second);
    assertThat(files()).isEmpty();
  }

  @Test
  void keepsItsFilesToTheOwner() throws Exception {
    put(outbox(), 1);

    for (Path file : files()) {
      assertThat(Files.getPosixFilePermissions(file))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void isEmptyAfterAWriteThatFailed() throws Exception {
    Outbox outbox = outbox();
    put(outbox, 1);

    DurableFiles.Content full =
        out -> {
          out.write(1);
          throw new IOException("disk full");
        };
    assertThatThrownBy(() -> outbox.put(order(2), full, METRICS)).hasMessage("disk full");

    assertThat(files()).isEmpty();
    assertThat(outbox().restore()).isEmpty();
  }

  @Test
  void dropsAnUpdateWithOneChangedBit() throws Exception {
    ReadyUpdate written = put(outbox(), 1);
    byte[] changed = update.clone();
    changed[5_000] ^= 4;
    Files.write(written.file(), changed);

    assertDropped("its bytes are not those that its descriptor names");
  }

  @Test
  void dropsAnUpdateThatWasCut() throws Exception {
    ReadyUpdate written = put(outbox(), 1);
    Files.write(written.file(), Arrays.copyOf(update, update.length - 1));

    assertDropped("10911 bytes but its descriptor says 10912");
  }

  @Test
  void dropsAnEntryWithoutItsUpdate() throws Exception {
    Files.delete(put(outbox(), 1).file());

    assertDropped("its bytes are not there");
  }

  @Test
  void dropsAnUpdateWithoutItsEntry() throws Exception {
    put(outbox(), 1);
    Files.delete(directory.resolve("entry"));

    assertDropped("it has no descriptor");
  }

  @Test
  void dropsAnEntryOfAnotherUpdate() throws Exception {
    put(outbox(), 1);
    Files.write(directory.resolve("entry"), new byte[100_000]);

    assertDropped("its descriptor has 100000 bytes");
  }

  @Test
  void deletesWhatWasNotFinishedAndLeavesWhatItDoesNotKnow() throws Exception {
    ReadyUpdate written = put(outbox(), 1);
    Files.writeString(directory.resolve("update.x.tmp"), "half");
    Path stray = Files.writeString(directory.resolve("notes.txt"), "somebody's");

    assertThat(outbox().restore()).contains(written);

    assertThat(files())
        .containsExactlyInAnyOrder(written.file(), directory.resolve("entry"), stray);
  }
}

package io.tributary.client.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.ProgramFile;
import io.tributary.client.train.TaskCancelledException;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TaskRefusedException;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tls.SiteName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes, well and ill. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ProcessTrainerTest {
  private static final ProcessLimits PATIENT =
      new ProcessLimits(60_000L, 60_000L, 60_000L, 500L, 1L << 30);

  @TempDir Path directory;

  private final List<ProcessTrainer> opened = new ArrayList<>();
  private final AtomicLong skippedNanos = new AtomicLong();

  @AfterEach
  void closeAll() {
    opened.forEach(ProcessTrainer::close);
  }

  private ProgramFile program() throws IOException {
    return ProgramFile.of(Files.writeString(directory.resolve("net.json"), "{}"));
  }

  private ProcessTrainer trainer(String kind, ProcessLimits limits) throws IOException {
    ProcessCommand command =
        ProcessCommand.of(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StrangeChild.class.getName(),
                kind),
            directory,
            Map.of(),
            System.getenv());
    return trainer(command, limits);
  }

  private ProcessTrainer trainer(ProcessCommand command, ProcessLimits limits) throws IOException {
    ProcessTrainer trainer =
        new ProcessTrainer(
            program(),
            command,
            limits,
            directory.resolve("exchange"),
            () -> System.nanoTime() + skippedNanos.get());
    opened.add(trainer);
    return trainer;
  }

  private static TrainingTask task(int round) {
    JobSpec job = ProcessJobs.job();
    return new TrainingTask(
        job, round, new SiteName("fox"), new float[job.model().config().layout().parameterCount()]);
  }

  private static TaskRefusedException refusal(ProcessTrainer trainer) {
    try {
      trainer.train(task(1), new Wanted());
    } catch (TaskRefusedException e) {
      return e;
    }
    throw new AssertionError("it trained");
  }

  /** A task that is wanted until it is not. */
  private static class Wanted implements TaskControl {
    final List<Long> reported = new ArrayList<>();
    private final long cancelledAtNanos;

    Wanted() {
      this(Long.MAX_VALUE);
    }

    /** Cancelled after so long. */
    Wanted(long millis) {
      cancelledAtNanos =
          millis == Long.MAX_VALUE
              ? Long.MAX_VALUE
              : System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Override
    public void progress(long done, long total) {
      reported.add(done);
    }

    @Override
    public void checkNotCancelled() {
      if (cancelledAtNanos != Long.MAX_VALUE && System.nanoTime() > cancelledAtNanos) {
        throw new TaskCancelledException("the test");
      }
    }
  }

  /** Processes of this test that run; a killed one takes a moment. */
  private static List<String> children() {
    return ProcessHandle.current()
        .descendants()
        .filter(ProcessTrainerTest::isOfThisTest)
        .filter(ProcessTrainerTest::outlives)
        .map(ProcessHandle::toString)
        .toList();
  }

  private static boolean isOfThisTest(ProcessHandle process) {
    String line = process.info().commandLine().orElse("");
    return line.contains(StrangeChild.class.getName()) || line.contains("sleep 1000");
  }

  private static boolean outlives(ProcessHandle process) {
    process.onExit().completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
    return process.isAlive();
  }

  @Test
  void plansTrainsAndJudgesWithOneProcess() throws IOException {
    ProcessTrainer trainer = trainer("good", PATIENT);
    assertThat(trainer.plan(ProcessJobs.job())).isEqualTo(new LocalPlan(10, 5, 3));
    int count = ProcessJobs.job().model().config().layout().trainableCount();
    for (int round = 1; round <= 2; round++) {
      LocalUpdate update = trainer.train(task(round), new Wanted());
      assertThat(update.delta()).hasSize(count).containsOnly(0.25f);
      assertThat(update.exampleCount()).isEqualTo(10);
      assertThat(update.metrics()).containsExactly(Map.entry("training-loss", 1.5));
    }
    TrainingTask judged = task(1);
    assertThat(
            trainer.evaluate(new EvaluationTask(judged.job(), 1, judged.weights()), new Wanted()))
        .isEqualTo(new LocalEvaluation(4.5, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "dies, ended by itself: exit code 7",
    "floods, broke its protocol",
    "long-line, broke its protocol",
    "garbage, broke its protocol",
    "unknown-word, broke its protocol",
    "two-words, broke its protocol",
    "NaN-metric, broke its protocol",
    "wrong-count, broke its protocol",
    "wrong-size, wrote an update of",
    "not-a-number, wrote no update",
    "writes-nothing, wrote no update",
    "exits-at-start, ended by itself: exit code 7",
    "future, broke its protocol",
    "talkative, broke its protocol",
  })
  void refusesTheTaskOfAProcessThatIsIllAndTellsNothingOfWhatItSaid(String kind, String reason)
      throws IOException {
    assertThat(refusal(trainer(kind, PATIENT)))
        .hasMessageStartingWith("this site's trainer " + reason)
        .hasMessageNotContaining("secret")
        .hasMessageNotContaining("Traceback");
  }

  @Test
  void passesARefusalOnAndKeepsTheProcess() throws IOException {
    ProcessTrainer trainer = trainer("unwilling", PATIENT);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> trainer.plan(ProcessJobs.job()))
          .isInstanceOf(TaskRefusedException.class)
          .hasMessage("this site's trainer says: there is no column named age");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hangs-at-start", "reads-nothing"})
  void killsAProcessThatDoesNotGreet(String kind) throws IOException {
    ProcessLimits hasty = new ProcessLimits(300L, 60_000L, 60_000L, 500L, 1L << 30);
    assertThat(refusal(trainer(kind, hasty))).hasMessageContaining("did not answer within 300 ms");
  }

  @Test
  void killsAProcessThatIsSilent() throws IOException {
    ProcessLimits watchful = new ProcessLimits(60_000L, 60_000L, 300L, 500L, 1L << 30);
    assertThat(refusal(trainer("hangs", watchful)))
        .hasMessageContaining("was silent for more than 300 ms");
  }

  @Test
  void killsAProcessThatTalksButNeverEnds() throws IOException {
    ProcessLimits strict = new ProcessLimits(60_000L, 600L, 60_000L, 500L, 1L << 30);
    assertThat(refusal(trainer("busy", strict))).hasMessageContaining("within 600 ms");
  }

  @Test
  void endsAProcessThatHoardsMemory() throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(MemoryBound.watches(), "no /proc here");
    ProcessLimits narrow = new ProcessLimits(60_000L, 60_000L, 60_000L, 500L, 450L << 20);
    // Whichever comes first: the site sees it, or the system refuses it memory, which a JVM says on
    // its standard output.
    assertThat(refusal(trainer("hoards", narrow)).getMessage())
        .containsAnyOf(
            "held more memory than its limit of 471859200 bytes",
            "ended by itself",
            "broke its protocol");
    assertThat(children()).isEmpty();
  }

  @Test
  void cancelsWithinItsBoundWhetherTheProcessObeysOrNot() throws IOException {
    for (String kind : List.of("patient", "hangs")) {
      ProcessTrainer trainer = trainer(kind, PATIENT);
      assertThat(trainer.plan(ProcessJobs.job()).steps()).isEqualTo(5);
      long begun = System.nanoTime();
      assertThatThrownBy(() -> trainer.train(task(1), new Wanted(100)))
          .isInstanceOf(TaskCancelledException.class);
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun))
          .as(kind)
          .isLessThan(100 + 500 + 5_000);
      // The next task is served: by the same process, or by another at once.
      assertThat(trainer.plan(ProcessJobs.job()).steps()).isEqualTo(5);
    }
  }

  @Test
  void killsWhatTheProcessStarted() throws IOException {
    ProcessLimits watchful = new ProcessLimits(60_000L, 60_000L, 1_500L, 500L, 1L << 30);
    ProcessTrainer trainer = trainer("parent", watchful);
    assertThat(trainer.plan(ProcessJobs.job()).steps()).isEqualTo(5);
    assertThat(refusal(trainer)).hasMessageContaining("silent");
    assertThat(children()).isEmpty();
  }

  @Test
  void startsAgainAtOnceAndThenLaterAndLater() throws IOException {
    ProcessTrainer trainer = trainer("exits-at-start", PATIENT);
    assertThat(refusal(trainer)).hasMessageContaining("exit code 7");
    assertThat(refusal(trainer)).hasMessageContaining("exit code 7");
    assertThat(refusal(trainer)).hasMessageContaining("failed 2 times in a row");
    skippedNanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(Restarts.FIRST_MILLIS));
    assertThat(refusal(trainer)).hasMessageContaining("exit code 7");
    assertThat(refusal(trainer)).hasMessageContaining("failed 3 times in a row");
  }

  @Test
  void refusesAProgramThatChangedSinceTheSiteStarted() throws IOException {
    ProcessTrainer trainer = trainer("good", PATIENT);
    String before = program().digest();
    Files.writeString(directory.resolve("net.json"), "{\"layers\":3}");
    String after = ProgramFile.of(directory.resolve("net.json")).digest();
    assertThat(refusal(trainer)).hasMessageContaining(before).hasMessageContaining(after);
  }

  @Test
  void refusesACommandThatVanished() throws IOException {
    Path script = Files.writeString(directory.resolve("train"), "#!/nonexistent/interpreter\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    ProcessCommand command =
        ProcessCommand.of(List.of("./train"), directory, Map.of(), System.getenv());
    Files.delete(script);
    assertThat(refusal(trainer(command, PATIENT)).getMessage())
        .containsAnyOf("cannot be started", "ended by itself");
  }

  @Test
  void theProcessEndsWhenTheTrainerIsClosed() throws IOException {
    ProcessTrainer trainer = trainer("good", PATIENT);
    assertThat(trainer.plan(ProcessJobs.job()).steps()).isEqualTo(5);
    trainer.close();
    assertThatThrownBy(() -> trainer.plan(ProcessJobs.job()))
        .isInstanceOf(TaskRefusedException.class)
        .hasMessageContaining("stopping");
    assertThat(children()).isEmpty();
  }
}

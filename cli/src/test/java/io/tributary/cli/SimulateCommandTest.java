package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What users get wrong about simulations ends in one clear sentence, and in no file. */
@Timeout(120)
class SimulateCommandTest {
  private static final String JOB =
      """
      name: job
      rounds: 1
      model: {width: 16, layers: 1, heads: 2, feed-forward-width: 32, context-length: 32}
      local: {learning-rate: 0.01, batch-size: 4, epochs: 1}
      round: {cohort: 5, quorum: 4, start-wait-millis: 1000}
      """;

  @TempDir Path directory;
  private Path job;
  private Path out;

  private record Ran(int exitCode, String out, String err) {}

  @BeforeEach
  void writeJob() throws IOException {
    job = directory.resolve("job.yaml");
    out = directory.resolve("out");
    Files.writeString(job, JOB);
  }

  private static Ran run(Object... words) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(output)).setErr(new PrintWriter(errors));
    int exitCode =
        commandLine.execute(Stream.of(words).map(String::valueOf).toArray(String[]::new));
    return new Ran(exitCode, output.toString(), errors.toString());
  }

  private Ran simulate(Object... more) {
    return run(
        Stream.concat(Stream.of("simulate", "--job", job, "--out", out), Stream.of(more))
            .toArray());
  }

  private void refused(Ran ran, int exitCode, String... parts) {
    assertThat(ran.err()).contains(parts).doesNotContain("\tat ").doesNotContain("defect");
    assertThat(ran.exitCode()).as(ran.err()).isEqualTo(exitCode);
  }

  @Test
  void partitionsThatAreNoneAreNamedWithThoseThatAre() {
    refused(simulate("--sites", 5, "--partition", "shards"), 2, "shards but must be iid");
    refused(simulate("--sites", 5, "--partition", "dirichlet:0"), 2, "dirichlet:0.0", "above 0");
    refused(simulate("--sites", 5, "--partition", "dirichlet:x"), 2, "x is not a number");
    assertThat(out).doesNotExist();
  }

  @Test
  void numbersThatDoNotGoTogetherAreNamed() {
    refused(simulate("--sites", 0), 2, "--sites is 0");
    refused(simulate("--sites", 5, "--dropout", 1), 2, "--dropout is 1.0", "below 1");
    refused(simulate("--sites", 5, "--cohort", 6), 2, "--cohort is 6", "which is 5");
    refused(simulate("--sites", 5, "--workers", 0), 2, "--workers is 0");
    refused(simulate("--sites", 5, "--rounds", 0), 2, "rounds is 0");
    refused(
        simulate("--sites", 5, "--dropout", 0.95, "--quorum", 5),
        2,
        "--dropout is 0.95 and the quorum is 5 of 5",
        "--quorum");
    refused(run("simulate", "--job", job), 2, "--sites");
    assertThat(out).doesNotExist();
  }

  @Test
  void moreSitesThanTheTextAllowsAreRefused() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.writeString(data.resolve("a.txt"), "One line of text for one site.\n".repeat(20));
    Files.writeString(data.resolve("b.txt"), "short");
    refused(
        simulate("--sites", 3, "--partition", "by-file", "--data", data),
        2,
        "--sites is 3",
        "only 2 texts");
    refused(
        simulate("--sites", 2, "--partition", "by-file", "--data", data),
        2,
        "1 of 2 sites could not train",
        "b has 5 bytes");
    refused(simulate("--sites", 99_999), 2, "--sites is 99999", "paragraphs");
    refused(simulate("--sites", 61, "--partition", "by-file"), 2, "--sites is 61", "2 to 60");
    refused(simulate("--sites", 2, "--data", directory.resolve("none")), 1, "none does not exist");
    assertThat(out).doesNotExist();
  }

  @Test
  void anOutDirectoryOfSomethingElseIsLeftAlone() throws IOException {
    Files.createDirectory(out);
    Files.writeString(out.resolve("mine.txt"), "mine");
    refused(simulate("--sites", 2), 3, "holds something that is no simulation");
    assertThat(out.resolve("mine.txt")).hasContent("mine");
  }

  @Test
  void helpSaysHowCohortAndQuorumAreFound() {
    Ran help = run("simulate", "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out())
        .contains("Example")
        .contains("tributary simulate --job")
        .contains("quorum is at most half of the updates")
        .contains("dirichlet:A");
    assertThat(run("bench", "dropout", "--help").out()).contains("tributary bench dropout");
  }
}

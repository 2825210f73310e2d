package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.certs.CertificateAuthority;
import io.tributary.client.AgentOptions;
import io.tributary.client.SiteAgent;
import io.tributary.client.SiteConfig;
import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.ModelDirectory;
import io.tributary.common.tls.SiteName;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Against a real coordinator and a real site, over mutual TLS. */
@Timeout(120)
class JobCloneCommandTest {
  private static final String JOB =
      """
      name: first
      rounds: 2
      model: {external: {program: "%s", tensors: [{name: w, shape: [3]}]}}
      local: {learning-rate: 0.1, epochs: 1}
      round: {cohort: 1}
      """
          .formatted("0a".repeat(32));

  @TempDir Path directory;
  private CoordinatorServer coordinator;
  private SiteAgent site;
  private Path config;

  /** Adds one to every value in every round. */
  private static final class OneMore implements LocalTrainer {
    @Override
    public LocalPlan plan(JobSpec job) {
      return new LocalPlan(1, 1, 1);
    }

    @Override
    public LocalUpdate train(TrainingTask task, TaskControl control) {
      return new LocalUpdate(new float[] {1, 1, 1}, 1, Map.of());
    }

    @Override
    public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
      return new LocalEvaluation(1, 1);
    }
  }

  private record Ran(int exitCode, String out, String err) {}

  private Ran clone(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] all = new String[words.length + 4];
    System.arraycopy(new String[] {"job", "clone", "--config", config.toString()}, 0, all, 0, 4);
    System.arraycopy(words, 0, all, 4, words.length);
    return new Ran(commandLine.execute(all), out.toString(), err.toString());
  }

  @BeforeEach
  void startAFederation() throws IOException {
    CertificateAuthority authority = CertificateAuthority.local(directory.resolve("certs"));
    Path home = directory.resolve("home");
    coordinator =
        CoordinatorServer.start(CoordinatorConfig.local(directory.resolve("certs"), home));
    SiteName name = new SiteName("only");
    authority.issueSite(name, false);
    site =
        SiteAgent.open(
            SiteConfig.local(
                coordinator.port(), authority.siteDirectory(name), directory.resolve("only")),
            AgentOptions.with(unused -> new OneMore()));
    site.start();
    config = directory.resolve("coordinator.yaml");
    Files.writeString(
        config, "{home: '%s', tls: {directory: '%s'}}".formatted(home, directory.resolve("certs")));
  }

  @AfterEach
  void stop() {
    site.close();
    coordinator.close();
  }

  @Test
  void aCloneGoesOnFromTheOtherJobsNewestModel() {
    assertThat(weights(coordinator.run(JobSpec.fromYaml(JOB)).join())).containsExactly(2, 2, 2);
    Ran ran = clone("first", "--name", "second", "--from-head", "--set", "rounds=3");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("job second").contains("of 3 rounds");
    assertThat(weights(coordinator.jobs().ended("second").join())).containsExactly(5, 5, 5);
  }

  @Test
  void withoutTheHeadItBeginsAnew() {
    assertThat(weights(coordinator.run(JobSpec.fromYaml(JOB)).join())).containsExactly(2, 2, 2);
    assertThat(clone("first", "--name", "again").exitCode()).isZero();
    assertThat(weights(coordinator.jobs().ended("again").join())).containsExactly(2, 2, 2);
  }

  @Test
  void printsAJobThatIsReadAgain() {
    coordinator.run(JobSpec.fromYaml(JOB)).join();
    Ran ran = clone("first", "--name", "printed", "--set", "round.cohort=4", "--print");
    assertThat(ran.exitCode()).as(ran.err()).isZero();
    JobSpec printed = JobSpec.fromYaml(ran.out());
    assertThat(printed.name()).isEqualTo("printed");
    assertThat(printed.round().cohort()).isEqualTo(4);
    assertThat(coordinator.jobs().list().join()).hasSize(1);
  }

  @Test
  void refusesATakenNameAndAJobThatIsNot() {
    coordinator.run(JobSpec.fromYaml(JOB)).join();
    Ran taken = clone("first", "--name", "first");
    assertThat(taken.exitCode()).isEqualTo(3);
    assertThat(taken.err()).contains("this home already has a job first");
    Ran none = clone("nothing", "--name", "second");
    assertThat(none.exitCode()).isNotZero();
    assertThat(none.err()).contains("nothing").doesNotContain("\tat ");
  }

  private static float[] weights(JobSummary end) {
    ModelDirectory model = new ModelDirectory(Path.of(end.modelDirectory()));
    return model.weights(model.description());
  }
}

package io.tributary.examples.library;

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
import io.tributary.common.wire.Digest;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.CoordinatorServer;
import io.tributary.coordinator.job.JobSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Tributary as a library, from nothing to a trained global model: a coordinator and two sites in
 * one JVM, over mutual TLS, with a trainer of one's own.
 *
 * <p>Each site has seen one end of the line y = 2 x + 1 only; together they find it.
 */
public final class TwoSites {
  private static final byte[] NETWORK = "slope * x + offset".getBytes(StandardCharsets.UTF_8);
  private static final String JOB =
      """
      {name: line, rounds: 40, round: {cohort: 2}, local: {learning-rate: 0.1, epochs: 1},
      model: {external: {program: %s, tensors: [{name: slope, shape: [1]}, {name: offset, shape: [1]}]}}}
      """
          .formatted(Digest.sha256(NETWORK).hex());

  /** Trains, and prints slope and offset. */
  public static void main(String[] args) throws IOException {
    System.out.println(Arrays.toString(train(Files.createTempDirectory("two-sites"))));
  }

  /** Trains in an empty directory; returns slope and offset. */
  static float[] train(Path home) {
    CertificateAuthority authority = CertificateAuthority.local(home.resolve("certs"));
    Path state = home.resolve("coordinator");
    CoordinatorConfig config = CoordinatorConfig.local(home.resolve("certs"), state);
    try (CoordinatorServer coordinator = CoordinatorServer.start(config);
        SiteAgent west =
            site("west", authority, coordinator.port(), home, List.of(-2.0, -1.5, -1.0));
        SiteAgent east =
            site("east", authority, coordinator.port(), home, List.of(1.0, 1.5, 2.0))) {
      List.of(west, east).forEach(SiteAgent::start);
      JobSummary end = coordinator.run(JobSpec.fromYaml(JOB)).join();
      ModelDirectory model = new ModelDirectory(Path.of(end.modelDirectory()));
      return model.weights(model.description());
    }
  }

  private static SiteAgent site(
      String name, CertificateAuthority authority, int port, Path home, List<Double> x) {
    authority.issueSite(new SiteName(name), false);
    Path certificates = authority.siteDirectory(new SiteName(name));
    SiteConfig config = SiteConfig.local(port, certificates, home.resolve(name));
    return SiteAgent.open(config, AgentOptions.with(unused -> new LineTrainer(x)));
  }

  /** A trainer of one's own, as small as can be: gradient descent on points that only it has. */
  private record LineTrainer(List<Double> x) implements LocalTrainer {
    @Override
    public LocalPlan plan(JobSpec job) {
      return new LocalPlan(x.size(), x.size(), x.size());
    }

    @Override
    public LocalUpdate train(TrainingTask task, TaskControl control) {
      float[] change = new float[2];
      for (double at : x) {
        double step = -task.learningRate() * error(task.weights(), change, at);
        change[0] += (float) (step * at);
        change[1] += (float) step;
      }
      return new LocalUpdate(change, x.size(), Map.of());
    }

    @Override
    public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
      double squares =
          x.stream().mapToDouble(at -> Math.pow(error(task.weights(), new float[2], at), 2)).sum();
      return new LocalEvaluation(squares, x.size());
    }

    private static double error(float[] line, float[] change, double x) {
      return (line[0] + change[0]) * x + line[1] + change[1] - (2 * x + 1);
    }
  }
}

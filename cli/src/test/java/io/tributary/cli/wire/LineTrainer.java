package io.tributary.cli.wire;

import io.tributary.client.train.EvaluationTask;
import io.tributary.client.train.LocalEvaluation;
import io.tributary.client.train.LocalPlan;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.LocalUpdate;
import io.tributary.client.train.TaskControl;
import io.tributary.client.train.TrainingTask;
import io.tributary.common.job.JobSpec;
import java.util.List;
import java.util.Map;

/**
 * Gradient descent on points of y = 2 x + 1, as in the library example: the arithmetic that {@code
 * wire_site.py} must reproduce bit for bit, floats where this has floats.
 */
record LineTrainer(List<Double> x) implements LocalTrainer {
  @Override
  public LocalPlan plan(JobSpec job) {
    return new LocalPlan(x.size(), (long) x.size() * job.local().epochs(), x.size());
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    float[] change = new float[2];
    for (int epoch = 0; epoch < task.job().local().epochs(); epoch++) {
      for (double at : x) {
        double step = -task.learningRate() * error(task.weights(), change, at);
        change[0] += (float) (step * at);
        change[1] += (float) step;
      }
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

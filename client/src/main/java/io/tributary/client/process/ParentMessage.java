package io.tributary.client.process;

import io.tributary.common.config.ConfigReader;
import io.tributary.common.job.JobSpec;
import io.tributary.common.tensor.Layout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What the site says to a trainer's process: one line of JSON with exactly one of these keys, as
 * docs/protocol.md has it. Numbers that may exceed 2^53 never stand in it.
 *
 * @param hello the first line of a process's life
 * @param plan which job the tasks from here on belong to
 * @param train a round of it
 * @param evaluate a judgement in it
 * @param cancel the task at hand is not wanted any more: an empty group
 * @param bye the last line: an empty group
 */
record ParentMessage(
    Hello hello,
    Plan plan,
    Train train,
    Evaluate evaluate,
    Map<String, String> cancel,
    Map<String, String> bye) {
  static final ParentMessage CANCEL = new ParentMessage(null, null, null, null, Map.of(), null);
  static final ParentMessage BYE = new ParentMessage(null, null, null, null, null, Map.of());

  private static final int SEED_BITS = 53;

  /**
   * The site's greeting.
   *
   * @param version of the protocol
   * @param parameters path of the file from which parameters are read
   * @param update path of the file to which an update is written
   */
  record Hello(int version, String parameters, String update) {}

  /**
   * A job.
   *
   * @param job the whole of it
   * @param tensors of the model, in the order of the parameters
   * @param parameterCount values of the parameter file
   * @param updateCount values of the update file: those of the trainable tensors
   * @param metrics names of the metrics that may leave the site
   */
  record Plan(
      JobSpec job,
      List<Tensor> tensors,
      int parameterCount,
      int updateCount,
      List<String> metrics) {}

  /**
   * One tensor.
   *
   * @param offset index of its first value among the parameters
   */
  record Tensor(String name, List<Integer> shape, long offset, boolean trainable) {}

  /**
   * A round's training.
   *
   * @param round from 1
   * @param seed of batches, 0 to 2^53 - 1: the same whenever this round is trained here
   * @param learningRate of this round
   */
  record Train(int round, long seed, double learningRate) {}

  /**
   * A judgement.
   *
   * @param round 0 for the initial parameters
   */
  record Evaluate(int round) {}

  static ParentMessage of(Hello hello) {
    return new ParentMessage(hello, null, null, null, null, null);
  }

  static ParentMessage plan(JobSpec job) {
    Layout layout = job.model().config().layout();
    List<Tensor> tensors =
        layout.tensors().stream()
            .map(t -> new Tensor(t.name(), t.shape(), t.offset(), t.trainable()))
            .toList();
    Plan plan =
        new Plan(
            job, tensors, layout.parameterCount(), layout.trainableCount(), job.trainingMetrics());
    return new ParentMessage(null, plan, null, null, null, null);
  }

  static ParentMessage of(Evaluate evaluate) {
    return new ParentMessage(null, null, null, evaluate, null, null);
  }

  static ParentMessage train(int round, long seed, double learningRate) {
    Train train = new Train(round, seed >>> (Long.SIZE - SEED_BITS), learningRate);
    return new ParentMessage(null, null, train, null, null, null);
  }

  /** The line, with its end. */
  byte[] line() {
    byte[] json = ConfigReader.toCanonicalJson(this);
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }
}

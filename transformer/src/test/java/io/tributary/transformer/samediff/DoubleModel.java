package io.tributary.transformer.samediff;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.TokenBatch;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The graph in double precision, with both ends in plain double code: for comparisons. */
final class DoubleModel implements AutoCloseable {
  private final TransformerConfig config;
  private final TransformerPlan plan;

  DoubleModel(TransformerConfig config, int sequences) {
    this.config = config;
    this.plan = new TransformerPlan(config, sequences, DataType.DOUBLE, true);
  }

  /** (slots · columns). */
  double[] answers(double[] parameters, TokenBatch batch) {
    DoubleValues.write(parameters, plan.parameters);
    embed(parameters, batch, false, plan.input(TransformerGraph.INPUT));
    if (batch.hasSource()) {
      embed(parameters, batch, true, plan.input(TransformerGraph.SOURCE));
    }
    double[] present = new double[batch.rows()];
    double[] sourcePresent = new double[batch.rows()];
    for (int row = 0; row < batch.rows(); row++) {
      present[row] = batch.present(row) ? 0 : TransformerGraph.ABSENT;
      sourcePresent[row] =
          batch.hasSource() && batch.sourcePresent(row) ? 0 : TransformerGraph.ABSENT;
    }
    write(TransformerGraph.PRESENT, present);
    write(TransformerGraph.SOURCE_PRESENT, sourcePresent);
    if (plan.hasInput(TransformerGraph.POOLING)) {
      write(TransformerGraph.POOLING, pooling(batch));
    }
    plan.run(TransformerPlan.FORWARD);
    return plan.answers.data().asDouble();
  }

  double balanceLoss() {
    return plan.balanceLoss();
  }

  /** Of the batch of the last {@link #answers}, which it calls again. */
  double[] gradient(double[] parameters, TokenBatch batch) {
    double[] answers = answers(parameters, batch);
    int columns = answers.length / batch.slots();
    double[] seed = new double[answers.length];
    for (int slot = 0; slot < batch.slots(); slot++) {
      if (batch.target(slot) != TokenBatch.NO_TARGET) {
        double sum = 0;
        for (int i = 0; i < columns; i++) {
          sum += Math.exp(answers[slot * columns + i]);
        }
        for (int i = 0; i < columns; i++) {
          double probability = Math.exp(answers[slot * columns + i]) / sum;
          seed[slot * columns + i] =
              (probability - (i == batch.target(slot) ? 1 : 0)) / batch.targetCount();
        }
      }
    }
    DoubleValues.write(seed, plan.answersGradient);
    plan.run(TransformerPlan.BACKWARD);
    double[] gradient = plan.gradient.data().asDouble();
    addEmbeddings(TransformerGraph.INPUT, batch, false, gradient);
    addEmbeddings(TransformerGraph.SOURCE, batch, true, gradient);
    return gradient;
  }

  private void write(String input, double[] values) {
    if (plan.hasInput(input)) {
      DoubleValues.write(values, plan.input(input));
    }
  }

  private double[] pooling(TokenBatch batch) {
    double[] pooling = new double[batch.sequences() * batch.rows()];
    for (int s = 0; s < batch.sequences(); s++) {
      int count = 0;
      for (int t = 0; t < batch.length(); t++) {
        count += batch.present(s * batch.length() + t) ? 1 : 0;
      }
      for (int t = 0; t < batch.length(); t++) {
        int row = s * batch.length() + t;
        boolean first = config.head().pooling() == HeadRules.Pooling.FIRST;
        double weight = first ? (t == 0 ? 1 : 0) : batch.present(row) ? 1.0 / count : 0;
        pooling[s * batch.rows() + row] = weight;
      }
    }
    return pooling;
  }

  private void embed(double[] p, TokenBatch batch, boolean source, INDArray target) {
    int d = config.width();
    double[] values = new double[batch.rows() * d];
    for (int i = 0; i < values.length; i++) {
      int row = i / d;
      int position = row % batch.length();
      int token = source ? batch.source(row) : batch.input(row);
      values[i] = p[at(ModelTensors.TOKEN_EMBEDDING) + token * d + i % d];
      if (config.position().kind() == PositionRules.Kind.LEARNED) {
        values[i] += p[at(ModelTensors.POSITION_EMBEDDING) + position * d + i % d];
      } else if (config.position().kind() == PositionRules.Kind.SINUSOIDAL) {
        double angle = position / Math.pow(10_000, (i % d - i % d % 2) / (double) d);
        values[i] *= Math.sqrt(d);
        values[i] += i % d % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
      }
    }
    DoubleValues.write(values, target);
  }

  private void addEmbeddings(String input, TokenBatch batch, boolean source, double[] gradient) {
    INDArray reached = plan.inputGradient(input);
    if (reached == null) {
      return;
    }
    int d = config.width();
    double[] values = reached.data().asDouble();
    for (int i = 0; i < values.length; i++) {
      int row = i / d;
      int token = source ? batch.source(row) : batch.input(row);
      boolean waves = config.position().kind() == PositionRules.Kind.SINUSOIDAL;
      gradient[at(ModelTensors.TOKEN_EMBEDDING) + token * d + i % d] +=
          values[i] * (waves ? Math.sqrt(d) : 1);
      if (config.position().kind() == PositionRules.Kind.LEARNED) {
        gradient[at(ModelTensors.POSITION_EMBEDDING) + row % batch.length() * d + i % d] +=
            values[i];
      }
    }
  }

  private int at(String tensor) {
    return (int) config.layout().tensor(tensor).offset();
  }

  @Override
  public void close() {
    plan.close();
  }
}

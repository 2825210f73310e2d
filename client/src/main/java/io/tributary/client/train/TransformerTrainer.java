package io.tributary.client.train;

import io.tributary.client.data.TextDataset;
import io.tributary.common.job.JobSpec;

/**
 * The default trainer: a byte-level transformer language model over the site's texts.
 *
 * <p>The split into text to train on and text to judge by depends on (length of the texts, context,
 * {@code data.held-out-share}, job seed) alone, so that it is the same in every round and after
 * every restart, and for whoever trains on the same texts for comparison.
 *
 * <p>ND4J is loaded by the first task. {@link #plan} may run on another thread than the tasks.
 */
public final class TransformerTrainer implements LocalTrainer {
  private final byte[] text;
  private final TransformerWork work = new TransformerWork();

  /** A trainer on these texts. */
  public TransformerTrainer(TextDataset texts) {
    this.text = texts.bytes();
  }

  @Override
  public LocalPlan plan(JobSpec job) {
    return TransformerWork.plan(job, text);
  }

  @Override
  public LocalUpdate train(TrainingTask task, TaskControl control) {
    return work.train(task, text, control);
  }

  @Override
  public LocalEvaluation evaluate(EvaluationTask task, TaskControl control) {
    return work.evaluate(task, text, control);
  }

  @Override
  public void close() {
    work.close();
  }
}

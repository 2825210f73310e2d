package io.tributary.transformer.samediff;

import io.tributary.common.model.HeadRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.transformer.TextEncoder;
import io.tributary.transformer.TokenBatch;
import io.tributary.transformer.VocabularyEnds;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A classifier's encoder without its head, on ND4J, one text at a time. One, because matrix
 * products round by where a row stands: in a batch, a text's vector would depend on its neighbours'
 * number, and what is kept would not be what is computed anew.
 *
 * <p>Weights are handed to the backend once for all texts, which for 22 million of them is a fifth
 * of the time of a text. Native arrays belong to the thread that opened it.
 */
public final class SameDiffTextEncoder implements TextEncoder {
  private final TransformerConfig config;
  private final TransformerPlan plan;
  private final VocabularyEnds ends;
  private final TokenBatch one;
  private final float[] embedded;
  private final float[] absent;
  private final float[] pooling;
  private final float[] answer;
  private float[] weights;

  /**
   * Opens it.
   *
   * @param config of a classifier
   */
  public SameDiffTextEncoder(TransformerConfig config) {
    this.config = config;
    this.plan = new TransformerPlan(config, 1, DataType.FLOAT, false, TransformerGraph.End.POOLED);
    this.ends = new VocabularyEnds(config);
    this.one = TokenBatch.of(config, 1);
    int length = config.contextLength();
    this.embedded = new float[length * config.width()];
    this.absent = new float[length];
    this.pooling = new float[length];
    this.answer = new float[config.width()];
  }

  @Override
  public void load(float[] parameters) {
    HostTransfer.upload(parameters, plan.parameters);
    weights = parameters;
  }

  @Override
  public float[] encode(TokenBatch batch, int sequence) {
    if (weights == null) {
      throw new IllegalStateException("no weights were loaded");
    }
    int present = copy(batch, sequence);
    ends.embed(weights, one, false, embedded);
    HostTransfer.upload(embedded, plan.input(TransformerGraph.INPUT));
    boolean first = config.head().pooling() == HeadRules.Pooling.FIRST;
    for (int i = 0; i < absent.length; i++) {
      absent[i] = one.present(i) ? 0 : (float) TransformerGraph.ABSENT;
      pooling[i] = first ? (i == 0 ? 1 : 0) : one.present(i) ? 1f / present : 0;
    }
    if (plan.hasInput(TransformerGraph.PRESENT)) {
      HostTransfer.upload(absent, plan.input(TransformerGraph.PRESENT));
    }
    HostTransfer.upload(pooling, plan.input(TransformerGraph.POOLING));
    plan.run(TransformerPlan.FORWARD);
    HostTransfer.download(plan.answers, answer);
    return Arrays.copyOf(answer, answer.length);
  }

  /** Returns how many positions are present. */
  private int copy(TokenBatch batch, int sequence) {
    one.clear();
    int count = 0;
    for (int i = 0; i < batch.length(); i++) {
      int row = sequence * batch.length() + i;
      if (batch.present(row)) {
        one.setInput(0, i, batch.input(row));
        count++;
      }
    }
    return count;
  }

  @Override
  public void close() {
    plan.close();
  }
}

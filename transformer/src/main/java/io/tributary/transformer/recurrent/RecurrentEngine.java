package io.tributary.transformer.recurrent;

import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.RecurrentConfig;
import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.LanguageModelEngine;
import io.tributary.transformer.TokenBatch;
import io.tributary.transformer.samediff.HostTransfer;
import java.util.Arrays;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Recurrent models on DL4J's own layers. Each sequence starts from a state of zeros; gradients
 * reach back through all of its T tokens. Positions that hold no token stand at the end of a
 * sequence, where nothing is asked for, so that they need no mask.
 *
 * <p>Native arrays belong to the thread that opened the engine.
 */
public final class RecurrentEngine implements LanguageModelEngine {
  /** DL4J's LSTM leaves about so many native arrays of a state behind at each of its steps. */
  private static final long ARRAYS_LEFT = 64;

  /** Native memory that may wait for the collector, which does not see it and would come late. */
  private static final long MAX_WAITING_BYTES = 256L << 20;

  private final RecurrentConfig config;
  private final int batchSize;
  private final boolean forTraining;
  private final MultiLayerNetwork network;
  private final INDArray parameters; // (1, n)
  private final INDArray inputs; // (B, T), ids as floats
  private final INDArray labels; // (B, V, T)
  private final INDArray mask; // (B, T)
  private final INDArray head; // (w, V), a view of the parameters
  private final INDArray headBias; // (1, V)
  private final INDArray rowLogits; // (B · T, V)
  private final float[] inputValues;
  private final float[] labelValues;
  private final float[] maskValues;
  private final float[] logits;
  private long waitingBytes;

  private RecurrentEngine(RecurrentConfig config, int batchSize, boolean forTraining) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size is " + batchSize + ": it must be at least 1");
    }
    this.config = config;
    this.batchSize = batchSize;
    this.forTraining = forTraining;
    Layout layout = config.layout();
    int length = config.contextLength();
    int vocabulary = config.vocabularySize();
    this.parameters = Nd4j.create(DataType.FLOAT, 1, layout.parameterCount());
    this.network = RecurrentNetwork.build(config, parameters);
    this.inputs = Nd4j.create(DataType.FLOAT, batchSize, length);
    this.rowLogits = Nd4j.create(DataType.FLOAT, (long) batchSize * length, vocabulary);
    this.inputValues = new float[batchSize * length];
    this.logits = new float[batchSize * length * vocabulary];
    this.head =
        tensor(layout, ModelTensors.weight(ModelTensors.HEAD))
            .reshape(vocabulary, config.width())
            .transpose();
    this.headBias = tensor(layout, ModelTensors.bias(ModelTensors.HEAD));
    this.labelValues = new float[forTraining ? logits.length : 0];
    this.maskValues = new float[forTraining ? inputValues.length : 0];
    this.labels = forTraining ? Nd4j.create(DataType.FLOAT, batchSize, vocabulary, length) : null;
    this.mask = forTraining ? Nd4j.create(DataType.FLOAT, batchSize, length) : null;
    if (forTraining) {
      network.initGradientsView();
    }
  }

  private INDArray tensor(Layout layout, String name) {
    TensorSpec spec = layout.tensor(name);
    return parameters.get(NDArrayIndex.all(), NDArrayIndex.interval(spec.offset(), spec.end()));
  }

  /** Opens an engine for batches of exactly {@code batchSize} sequences. */
  public static RecurrentEngine open(RecurrentConfig config, int batchSize, boolean forTraining) {
    return new RecurrentEngine(config, batchSize, forTraining);
  }

  @Override
  public RecurrentConfig config() {
    return config;
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public double lossAndGradient(float[] values, TokenBatch batch, float[] gradient) {
    if (!forTraining) {
      throw new IllegalStateException("this engine was opened for inference: it has no gradients");
    }
    load(values, batch);
    int targets = setLabels(batch);
    if (targets == 0) {
      Arrays.fill(gradient, 0f);
      return 0;
    }
    network.setInput(inputs);
    network.setLabels(labels);
    network.setLayerMaskArrays(null, mask);
    network.computeGradientAndScore();
    network.clearLayerMaskArrays();
    collect();
    HostTransfer.download(network.getFlattenedGradients(), gradient);
    // DL4J sums the gradient over the batch and reports the loss per sequence.
    float scale = 1f / targets;
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= scale;
    }
    return network.score() * batchSize / targets;
  }

  @Override
  public float[] logits(float[] values, TokenBatch batch) {
    load(values, batch);
    INDArray states =
        network
            .feedForwardToLayer(config.layers(), inputs, false)
            .get(config.layers() + 1); // (B, w, T)
    INDArray rows =
        states.permute(0, 2, 1).dup('c').reshape('c', inputValues.length, config.width());
    Nd4j.matmul(rows, head, rowLogits);
    rowLogits.addiRowVector(headBias);
    HostTransfer.download(rowLogits, logits);
    collect();
    return logits;
  }

  /**
   * Without this, memory grew by a gigabyte in 500 steps before the JVM saw a reason to collect.
   */
  private void collect() {
    if (config.cell() == RecurrentConfig.Cell.LSTM) {
      long steps = (long) config.layers() * config.contextLength();
      waitingBytes += ARRAYS_LEFT * steps * batchSize * config.width() * Float.BYTES;
      if (waitingBytes > MAX_WAITING_BYTES) {
        waitingBytes = 0;
        Nd4j.getMemoryManager().invokeGc();
      }
    }
  }

  private void load(float[] values, TokenBatch batch) {
    batch.requireShape(config, batchSize);
    HostTransfer.upload(values, parameters);
    for (int row = 0; row < inputValues.length; row++) {
      inputValues[row] = requireToken(batch.input(row));
    }
    HostTransfer.upload(inputValues, inputs);
  }

  private int setLabels(TokenBatch batch) {
    int length = config.contextLength();
    Arrays.fill(labelValues, 0f);
    Arrays.fill(maskValues, 0f);
    int targets = 0;
    for (int row = 0; row < maskValues.length; row++) {
      int target = batch.target(row);
      if (target != TokenBatch.NO_TARGET) {
        int sequence = row / length;
        int plane = sequence * config.vocabularySize() + requireToken(target);
        labelValues[plane * length + row % length] = 1f;
        maskValues[row] = 1f;
        targets++;
      }
    }
    HostTransfer.upload(labelValues, labels);
    HostTransfer.upload(maskValues, mask);
    return targets;
  }

  private int requireToken(int token) {
    if (token < 0 || token >= config.vocabularySize()) {
      throw new IllegalArgumentException(
          "token "
              + token
              + " is outside of the vocabulary of "
              + config.vocabularySize()
              + ": raise model.vocabulary-size");
    }
    return token;
  }

  @Override
  public void close() {
    network.close();
    for (INDArray array : new INDArray[] {inputs, labels, mask, rowLogits}) {
      if (array != null && array.closeable()) {
        array.close();
      }
    }
  }
}

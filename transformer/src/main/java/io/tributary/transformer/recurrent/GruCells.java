package io.tributary.transformer.recurrent;

import io.tributary.transformer.samediff.HostTransfer;
import java.util.Arrays;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A gated recurrent unit as a DL4J layer, forward and backward through all T steps: Cho et al.,
 * "Learning phrase representations using RNN encoder-decoder", 2014, with biases and, as in cuDNN
 * and PyTorch, the reset gate on what the recurrent matrix gives, so that a step needs one product.
 * For input x and state h:
 *
 * <pre>
 *   r = σ(x·Wr + h·Ur + br)            reset
 *   u = σ(x·Wu + h·Uu + bu)            update
 *   c = tanh(x·Wc + r ⊙ (h·Uc) + bc)   candidate
 *   h' = u ⊙ h + (1 − u) ⊙ c
 * </pre>
 *
 * <p>Matrix products run on ND4J, the gates in plain Java: an op for each of a dozen small vectors
 * of each step would cost more than its arithmetic.
 */
final class GruCells extends SameDiffLayer {
  private static final long serialVersionUID = 1L;
  private static final int PARTS = 3;

  private final int in;
  private final int width;

  // Of the last forward pass, step by step, sequence by sequence. A row is one of both.
  private int sequences;
  private int length;
  private float[] states; // ((T + 1) · B, w), the first B rows are zeros
  private float[] gates; // (T · B, 3 · w): reset, update, candidate
  private float[] recalled; // (T · B, w): h·Uc

  GruCells(NeuralNetConfiguration configuration, DataType type, int in, int width) {
    super(configuration, type);
    this.in = in;
    this.width = width;
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    sequences = (int) input.size(0);
    length = (int) input.size(2);
    int rows = sequences * length;
    states = new float[(rows + sequences) * width];
    gates = new float[rows * PARTS * width];
    recalled = new float[rows * width];
    MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();
    try (INDArray driven = inputRows().mmul(getParam(GruLayer.INPUT)).dup('c');
        INDArray state = Nd4j.create(DataType.FLOAT, sequences, width);
        INDArray product = Nd4j.create(DataType.FLOAT, sequences, (long) PARTS * width)) {
      driven.addiRowVector(getParam(GruLayer.BIAS));
      HostTransfer.download(driven, gates);
      float[] before = new float[sequences * width];
      float[] pushed = new float[sequences * PARTS * width];
      for (int t = 0; t < length; t++) {
        System.arraycopy(states, t * before.length, before, 0, before.length);
        HostTransfer.upload(before, state);
        Nd4j.matmul(state, getParam(GruLayer.RECURRENT), product);
        HostTransfer.download(product, pushed);
        step(t, pushed);
      }
    } finally {
      outside.close();
    }
    INDArray output =
        workspaces.createUninitialized(
            ArrayType.ACTIVATIONS, DataType.FLOAT, new long[] {sequences, width, length}, 'c');
    HostTransfer.upload(columns(), output);
    return output;
  }

  /** (B, in, T) to (T · B, in). */
  private INDArray inputRows() {
    return input.permute(2, 0, 1).dup('c').reshape('c', (long) length * sequences, in);
  }

  private void step(int t, float[] pushed) {
    for (int sequence = 0; sequence < sequences; sequence++) {
      int row = t * sequences + sequence;
      int gate = row * PARTS * width;
      int push = sequence * PARTS * width;
      for (int i = 0; i < width; i++) {
        float reset = sigmoid(gates[gate + i] + pushed[push + i]);
        float update = sigmoid(gates[gate + width + i] + pushed[push + width + i]);
        float recall = pushed[push + 2 * width + i];
        float candidate = (float) Math.tanh(gates[gate + 2 * width + i] + reset * recall);
        float before = states[row * width + i];
        gates[gate + i] = reset;
        gates[gate + width + i] = update;
        gates[gate + 2 * width + i] = candidate;
        recalled[row * width + i] = recall;
        states[(row + sequences) * width + i] = candidate + update * (before - candidate);
      }
    }
  }

  private static float sigmoid(float value) {
    return (float) (1 / (1 + Math.exp(-value)));
  }

  /** The states as DL4J has them, (B, w, T). */
  private float[] columns() {
    float[] columns = new float[sequences * width * length];
    for (int t = 0; t < length; t++) {
      for (int sequence = 0; sequence < sequences; sequence++) {
        int from = ((t + 1) * sequences + sequence) * width;
        for (int i = 0; i < width; i++) {
          columns[(sequence * width + i) * length + t] = states[from + i];
        }
      }
    }
    return columns;
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(
      INDArray outputGradient, LayerWorkspaceMgr workspaces) {
    float[] fromInput = new float[gates.length]; // by x·W + b
    float[] fromState = new float[gates.length]; // by h·U
    INDArray inputGradient =
        workspaces.createUninitialized(
            ArrayType.ACTIVATION_GRAD, DataType.FLOAT, new long[] {sequences, in, length}, 'f');
    MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();
    try {
      throughTime(outputGradient, fromInput, fromState);
      long rows = (long) length * sequences;
      float[] before = Arrays.copyOf(states, length * sequences * width);
      try (INDArray byInput = uploaded(fromInput, rows, (long) PARTS * width);
          INDArray byState = uploaded(fromState, rows, (long) PARTS * width);
          INDArray inputs = inputRows();
          INDArray earlier = uploaded(before, rows, width)) {
        gradTable.get(GruLayer.INPUT).assign(inputs.transpose().mmul(byInput));
        gradTable.get(GruLayer.RECURRENT).assign(earlier.transpose().mmul(byState));
        INDArray bias = gradTable.get(GruLayer.BIAS);
        bias.assign(byInput.sum(0).reshape(bias.shape()));
        inputGradient.assign(
            byInput
                .mmul(getParam(GruLayer.INPUT).transpose())
                .reshape('c', length, sequences, in)
                .permute(1, 2, 0));
      }
    } finally {
      outside.close();
    }
    Gradient gradient = new DefaultGradient();
    gradTable.forEach(gradient::setGradientFor);
    return new Pair<>(gradient, inputGradient);
  }

  private void throughTime(INDArray outputGradient, float[] fromInput, float[] fromState) {
    float[] wanted = new float[sequences * width * length];
    float[] carried = new float[sequences * width];
    float[] kept = new float[carried.length];
    float[] pushed = new float[sequences * PARTS * width];
    try (INDArray whole = outputGradient.dup('c');
        INDArray push = Nd4j.create(DataType.FLOAT, sequences, (long) PARTS * width);
        INDArray pulled = Nd4j.create(DataType.FLOAT, sequences, width)) {
      HostTransfer.download(whole, wanted);
      INDArray back = getParam(GruLayer.RECURRENT).transpose();
      for (int t = length - 1; t >= 0; t--) {
        stepBack(t, wanted, carried, kept, fromInput, fromState);
        System.arraycopy(fromState, t * pushed.length, pushed, 0, pushed.length);
        HostTransfer.upload(pushed, push);
        Nd4j.matmul(push, back, pulled);
        HostTransfer.download(pulled, carried);
        for (int i = 0; i < carried.length; i++) {
          carried[i] += kept[i];
        }
      }
    }
  }

  private void stepBack(
      int t, float[] wanted, float[] carried, float[] kept, float[] fromInput, float[] fromState) {
    for (int sequence = 0; sequence < sequences; sequence++) {
      int row = t * sequences + sequence;
      int gate = row * PARTS * width;
      for (int i = 0; i < width; i++) {
        int at = sequence * width + i;
        float state = carried[at] + wanted[at * length + t];
        float reset = gates[gate + i];
        float update = gates[gate + width + i];
        float candidate = gates[gate + 2 * width + i];
        float byCandidate = state * (1 - update) * (1 - candidate * candidate);
        float byUpdate = state * (states[row * width + i] - candidate) * update * (1 - update);
        float byReset = byCandidate * recalled[row * width + i] * reset * (1 - reset);
        fromInput[gate + i] = byReset;
        fromInput[gate + width + i] = byUpdate;
        fromInput[gate + 2 * width + i] = byCandidate;
        fromState[gate + i] = byReset;
        fromState[gate + width + i] = byUpdate;
        fromState[gate + 2 * width + i] = byCandidate * reset;
        kept[at] = state * update;
      }
    }
  }

  private static INDArray uploaded(float[] values, long rows, long columns) {
    INDArray array = Nd4j.create(DataType.FLOAT, rows, columns);
    HostTransfer.upload(values, array);
    return array;
  }
}

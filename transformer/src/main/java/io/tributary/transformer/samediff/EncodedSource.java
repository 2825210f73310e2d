package io.tributary.transformer.samediff;

import io.tributary.common.model.BlockTensors;
import io.tributary.common.model.ModelTensors;
import io.tributary.common.model.PositionRules;
import io.tributary.common.model.TransformerConfig;
import io.tributary.common.tensor.TensorSpec;
import io.tributary.transformer.VocabularyEnds;
import io.tributary.transformer.decode.ContextWindows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What an encoder–decoder's decoder sees of its sources: keys and values of every layer, made once
 * when the sources are given.
 *
 * <p>Letters as in {@link InferenceBlocks}, with t = T.
 */
final class EncodedSource implements AutoCloseable {
  private static final String INPUT = "x";
  private static final String MASK = "mask";

  private final TransformerConfig config;
  private final int batch;
  private final ContextWindows windows;
  private final VocabularyEnds ends;
  private final float[] values;
  private final float[] embedded;
  private final float[] mask;
  private final float[][] biasByDistance;
  private final INDArray input;
  private final INDArray deviceMask;
  private final List<INDArray> layers = new ArrayList<>();
  private final Map<Integer, INDArray> masks = new LinkedHashMap<>();
  private final List<INDArray> owned = new ArrayList<>();
  private final GraphPlan plan;

  /**
   * Lays the encoder out.
   *
   * @param values of all parameters, in layout order
   * @param parameters by tensor, the same on the device
   */
  EncodedSource(
      TransformerConfig config, float[] values, Map<String, INDArray> parameters, int batch) {
    this.config = config;
    this.values = values;
    this.batch = batch;
    int length = config.contextLength();
    boolean whole = false;
    try {
      windows = new ContextWindows(batch, length, config.vocabularySize());
      ends = new VocabularyEnds(config);
      embedded = new float[Math.multiplyExact(batch * length, config.width())];
      mask = new float[Math.multiplyExact(batch * config.heads(), length * length)];
      biasByDistance = biases(values);
      input = own(Nd4j.create(DataType.FLOAT, (long) batch * length, config.width()));
      deviceMask = own(Nd4j.create(DataType.FLOAT, batch, config.heads(), length, length));
      for (int layer = 0; layer < config.layers(); layer++) {
        layers.add(
            own(
                Nd4j.create(
                    DataType.FLOAT,
                    batch,
                    2L * config.keyValueHeads(),
                    length,
                    config.headWidth())));
      }
      plan = layOut(parameters);
      whole = true;
    } finally {
      if (!whole) {
        closeOwned();
      }
    }
  }

  private GraphPlan layOut(Map<String, INDArray> parameters) {
    int length = config.contextLength();
    InferenceBlocks blocks = new InferenceBlocks(config, values, batch, length);
    SDVariable x =
        blocks.parts.graph.placeHolder(INPUT, DataType.FLOAT, blocks.rows(), config.width());
    SDVariable hidden =
        blocks.parts.graph.placeHolder(MASK, DataType.FLOAT, batch, config.heads(), length, length);
    int[] positions = new int[blocks.rows()];
    Arrays.setAll(positions, row -> row % length);
    InferenceAttention attention = new InferenceAttention(blocks, positions, length);
    if (!config.norm().before()) {
      x = blocks.norm(x, ModelTensors.EMBEDDING_NORM);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      BlockTensors names = ModelTensors.encoderLayer(layer);
      SDVariable normed = blocks.before(x, names.attentionNorm());
      SDVariable attended = attention.within(normed, names, hidden, rows -> rows);
      x = blocks.after(x, attended, names.attentionNorm());
      x = blocks.fed(x, names);
    }
    if (config.norm().before()) {
      x = blocks.norm(x, ModelTensors.ENCODER_FINAL_NORM);
    }
    Map<String, INDArray> wanted = new LinkedHashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      SDVariable made = blocks.linear(x, ModelTensors.layer(layer).crossInput());
      SDVariable parts = blocks.heads(made, 2 * config.keyValueHeads(), config.headWidth());
      wanted.put(parts.name(), layers.get(layer));
    }
    Map<String, INDArray> bound = new LinkedHashMap<>(parameters);
    blocks.parts.constants.forEach((name, array) -> bound.put(name, own(array)));
    bound.put(INPUT, input);
    bound.put(MASK, deviceMask);
    return new GraphPlan(blocks.parts.graph, bound, List.of(wanted));
  }

  /** By distance of the key from T − 1 before to T − 1 after, a bias for each head, or null. */
  private float[][] biases(float[] values) {
    if (config.position().kind() != PositionRules.Kind.RELATIVE) {
      return null;
    }
    int length = config.contextLength();
    TensorSpec table = config.layout().tensor(ModelTensors.ENCODER_POSITION_BIAS);
    float[][] biases = new float[2 * length - 1][config.heads()];
    for (int i = 0; i < biases.length; i++) {
      int bucket = config.position().bucket(i - (length - 1), true);
      int from = (int) table.offset() + bucket * config.heads();
      System.arraycopy(values, from, biases[i], 0, config.heads());
    }
    return biases;
  }

  /** Reads sources; see {@link io.tributary.transformer.decode.DecodingEngine#encode}. */
  void encode(int[][] sources) {
    windows.startFromFirst(sources);
    int length = config.contextLength();
    for (int s = 0; s < batch; s++) {
      for (int i = 0; i < length; i++) {
        int token = i < windows.length(s) ? windows.token(s, i) : 0;
        ends.embed(values, token, i, embedded, (s * length + i) * config.width());
        fillMask(s, i);
      }
    }
    HostTransfer.upload(embedded, input);
    HostTransfer.upload(mask, deviceMask);
    plan.run(0);
    masks.forEach(this::fillMaskFor);
  }

  private void fillMask(int sequence, int query) {
    int length = config.contextLength();
    for (int head = 0; head < config.heads(); head++) {
      int at = ((sequence * config.heads() + head) * length + query) * length;
      for (int key = 0; key < length; key++) {
        double score = config.attention().sees(query, key, false) ? 0 : TransformerGraph.HIDDEN;
        if (biasByDistance != null) {
          score += biasByDistance[key - query + length - 1][head];
        }
        // Not hidden like the others: a row that sees nothing but absent ones must see something.
        score += key < windows.length(sequence) ? 0 : TransformerGraph.ABSENT;
        mask[at + key] = (float) score;
      }
    }
  }

  /** Keys and values of a layer, (B, 2K, T, s). */
  INDArray layer(int layer) {
    return layers.get(layer);
  }

  /**
   * Hides what is no token of the source from a decoder's t rows; kept up to date.
   *
   * @return (B, H, t, T), owned by the caller
   */
  INDArray maskFor(int rows) {
    INDArray array =
        Nd4j.create(DataType.FLOAT, batch, config.heads(), rows, config.contextLength());
    masks.put(rows, array);
    fillMaskFor(rows, array);
    return array;
  }

  private void fillMaskFor(int rows, INDArray array) {
    int length = config.contextLength();
    int perSequence = config.heads() * rows;
    float[] hidden = new float[batch * perSequence * length];
    for (int row = 0; row < batch * perSequence; row++) {
      int from = row * length + windows.length(row / perSequence);
      Arrays.fill(hidden, from, (row + 1) * length, (float) TransformerGraph.ABSENT);
    }
    HostTransfer.upload(hidden, array);
  }

  /** Afterwards sequence i is what sequence {@code parents[i]} was. */
  void reorder(int[] parents) {
    // Beams of one prompt share its source; a copy is needed when prompts change places only.
    boolean same = true;
    for (int s = 0; s < parents.length; s++) {
      same &= Arrays.equals(windows.tokens(s), windows.tokens(parents[s]));
    }
    if (!same) {
      int[][] sources = new int[batch][];
      for (int s = 0; s < batch; s++) {
        sources[s] = windows.tokens(parents[s]);
      }
      encode(sources);
    }
  }

  /** Bytes of all layers. */
  long bytes() {
    return layers.stream().mapToLong(layer -> layer.length() * Float.BYTES).sum();
  }

  private INDArray own(INDArray array) {
    owned.add(array);
    return array;
  }

  @Override
  public void close() {
    plan.close();
    closeOwned();
  }

  private void closeOwned() {
    owned.forEach(INDArray::close);
    owned.clear();
  }
}

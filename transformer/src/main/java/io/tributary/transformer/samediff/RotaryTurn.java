package io.tributary.transformer.samediff;

import io.tributary.common.model.PositionRules;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rotary positions (Su et al., 2021) of a few rows, in Java: each row has a position of its own,
 * read at each run.
 */
final class RotaryTurn extends HostOp {
  /** Cosines and sines of all positions, shared by all layers. */
  static final class Angles {
    private final int width;
    private final float[] cosines;
    private final float[] sines;

    /**
     * A table.
     *
     * @param positions T
     * @param width columns that turn, even
     */
    Angles(PositionRules rules, int positions, int width) {
      this.width = width;
      int half = width / 2;
      cosines = new float[positions * half];
      sines = new float[positions * half];
      for (int position = 0; position < positions; position++) {
        for (int i = 0; i < half; i++) {
          double angle = rules.rotaryAngle(position, i, width);
          cosines[position * half + i] = (float) Math.cos(angle);
          sines[position * half + i] = (float) Math.sin(angle);
        }
      }
    }

    /** Turns pair (i, i + width/2) of the columns from {@code from} on. */
    void turn(float[] row, int from, int position) {
      int half = width / 2;
      for (int i = 0; i < half; i++) {
        float cosine = cosines[position * half + i];
        float sine = sines[position * half + i];
        float first = row[from + i];
        float second = row[from + half + i];
        row[from + i] = first * cosine - second * sine;
        row[from + half + i] = second * cosine + first * sine;
      }
    }
  }

  private final Angles angles;
  private final int[] positions;
  private final int count;
  private final int stride;
  private final int offset;
  private float[] values = new float[0];

  /**
   * Turns a part of each of some heads.
   *
   * @param x (N, n)
   * @param positions N positions, read at each run
   * @param count number of heads that turn
   * @param stride columns from one head to the next
   * @param offset first column that turns
   */
  RotaryTurn(SDVariable x, Angles angles, int[] positions, int count, int stride, int offset) {
    super(x);
    this.angles = angles;
    this.positions = positions;
    this.count = count;
    this.stride = stride;
    this.offset = offset;
  }

  @Override
  public String opName() {
    return "rotary_turn";
  }

  @Override
  List<long[]> shapesFor(List<INDArray> inputs) {
    return List.of(inputs.get(0).shape());
  }

  @Override
  void run(List<INDArray> inputs, List<INDArray> outputs) {
    INDArray x = inputs.get(0);
    if (values.length != x.length()) {
      values = new float[(int) x.length()];
    }
    HostTransfer.download(x, values);
    int columns = x.columns();
    for (int row = 0; row < positions.length; row++) {
      for (int head = 0; head < count; head++) {
        angles.turn(values, row * columns + head * stride + offset, positions[row]);
      }
    }
    HostTransfer.upload(values, outputs.get(0));
  }
}

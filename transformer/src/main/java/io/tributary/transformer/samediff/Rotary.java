package io.tributary.transformer.samediff;

import io.tributary.common.model.PositionRules;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Turns pairs of columns by an angle that grows with position (Su et al., RoFormer, 2021), so that
 * the product of a query and a key depends on their distance alone.
 *
 * <p>Pairs are (i, i + s/2), as in Hugging Face's Llama weights: {@code x ∘ cos + (x·R) ∘ sin} with
 * (x·R)ᵢ = −xᵢ₊ₛ⁄₂ for the first half and xᵢ₋ₛ⁄₂ for the second.
 */
final class Rotary {
  private final GraphParts parts;
  private final int batch;
  private final int length;

  /** Angles of positions 0 to {@code length − 1}. */
  Rotary(GraphParts parts, int batch, int length) {
    this.parts = parts;
    this.batch = batch;
    this.length = length;
  }

  /**
   * Turns each head.
   *
   * @param x (B·t·H, s): heads of one row one below the other
   */
  SDVariable turn(SDVariable x, int heads) {
    int width = parts.config.rotaryWidth();
    SDVariable turned = DecoderOps.constantProduct(x, swap(width));
    return BlockOps.sum(
        BlockOps.timesConstant(x, angles(name("cos", heads), heads, width, false)),
        BlockOps.timesConstant(turned, angles(name("sin", heads), heads, width, true)));
  }

  private String name(String function, int heads) {
    return "rotary." + function + "." + batch + "." + length + "." + heads;
  }

  private SDVariable swap(int width) {
    return parts.constant(
        "rotary.swap",
        () -> {
          int half = width / 2;
          double[] swap = new double[width * width];
          for (int i = 0; i < half; i++) {
            swap[(i + half) * width + i] = -1;
            swap[i * width + i + half] = 1;
          }
          return DoubleValues.create(swap, parts.type, width, width);
        });
  }

  private SDVariable angles(String name, int heads, int width, boolean sine) {
    return parts.constant(
        name,
        () -> {
          double[] values = values(heads, width, sine);
          return DoubleValues.create(values, parts.type, values.length / width, width);
        });
  }

  private double[] values(int heads, int width, boolean sine) {
    PositionRules rules = parts.config.position();
    double[] values = new double[batch * length * heads * width];
    int at = 0;
    for (int sequence = 0; sequence < batch; sequence++) {
      for (int position = 0; position < length; position++) {
        for (int head = 0; head < heads; head++) {
          for (int i = 0; i < width; i++) {
            double angle = rules.rotaryAngle(position, i % (width / 2), width);
            values[at++] = sine ? Math.sin(angle) : Math.cos(angle);
          }
        }
      }
    }
    return values;
  }
}

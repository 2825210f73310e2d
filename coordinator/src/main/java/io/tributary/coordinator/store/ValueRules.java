package io.tributary.coordinator.store;

import io.tributary.common.tensor.Layout;
import io.tributary.common.tensor.TensorSpec;

/** What the values of every update of a job must keep to: all finite, none beyond max-abs. */
record ValueRules(Layout layout, double maxAbs) {
  /** A float's bits without its sign: they order as the absolute values do, NaN above infinity. */
  static final int MAGNITUDE = 0x7fff_ffff;

  ValueCheck begin() {
    return new ValueCheck(this);
  }

  /** The bits of the largest float that is allowed. */
  int mostBits() {
    float most = (float) Math.min(maxAbs, Float.MAX_VALUE);
    return Float.floatToIntBits(most > maxAbs ? Math.nextDown(most) : most);
  }

  /** Says what is wrong with a value that is not allowed. */
  String violation(long index, float value) {
    return Float.isFinite(value)
        ? place(index) + " is " + value + " but update.max-abs is " + maxAbs
        : place(index) + " is " + value + " but must be finite";
  }

  private String place(long index) {
    long first = 0;
    for (TensorSpec tensor : layout.trainableTensors()) {
      if (index < first + tensor.size()) {
        return "value " + (index - first) + " of " + tensor.name();
      }
      first += tensor.size();
    }
    throw new IndexOutOfBoundsException("value " + index + " of an update of " + first);
  }
}

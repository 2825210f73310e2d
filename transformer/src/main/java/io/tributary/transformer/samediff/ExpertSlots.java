package io.tributary.transformer.samediff;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Arrays in the order of experts, and the native calls on them: what a mixture's node and its
 * derivative both work with. Sizes are the worst case, N·k slots, whatever is dropped. Letters as
 * in {@link Experts}.
 */
final class ExpertSlots implements AutoCloseable {
  final ExpertRouting routing;

  // Kept for the derivative.
  final INDArray gate; // (M, f)
  final INDArray up; // (M, f)
  final INDArray sigmoids; // (M, f), of gate
  final INDArray weights; // (M, 1)
  private final INDArray tokenOfSlot; // (M)
  private final List<INDArray> slotOfToken = new ArrayList<>(); // k times (N)

  // Overwritten by each layer.
  final INDArray sorted; // (M, d)
  final INDArray joined; // (M, 2f): gate | up, or their gradients
  final INDArray hidden; // (M, f): SiLU(gate) ∘ up
  final INDArray answers; // (M, d): first rows of paddedAnswers
  final INDArray hiddenGradient; // (M, f)
  final INDArray work; // (M, f)
  private final INDArray paddedAnswers; // (M + 1, d): the last row stays 0, for dropped choices
  private final INDArray perToken; // (N, d)
  private final INDArray perSlot; // (M, 1)
  private final INDArray ones; // (f, 1)

  private final HostValues logitsOnHost;
  private final HostValues absentOnHost;
  private final HostValues slotsOnHost;
  private final IdentityHashMap<INDArray, List<INDArray>> slices = new IdentityHashMap<>();
  private final List<NativeCall> calls = new ArrayList<>();
  private final int experts;

  final NativeCall product = call(NativeCall.matrixProduct(false, false));
  final NativeCall productByTransposed = call(NativeCall.matrixProduct(false, true));
  final NativeCall productOfTransposed = call(NativeCall.matrixProduct(true, false));
  final NativeCall multiply = call(new NativeCall("multiply"));
  final NativeCall sigmoid = call(new NativeCall("sigmoid"));
  // Copying halves in and out is faster than element-wise calls on strided halves (20 times).
  final NativeCall split = call(new NativeCall("split", 2, 1));
  private final NativeCall join = call(new NativeCall("concat", 1));
  private final NativeCall add = call(new NativeCall("add"));
  private final NativeCall gather = call(new NativeCall("gather", 0));

  /**
   * Makes room.
   *
   * @param keep prefix of the names of arrays that other layers must not overwrite
   * @param tokens N
   * @param width d
   * @param inner f
   */
  ExpertSlots(
      Experts owner,
      ExpertRouting routing,
      String keep,
      DataType type,
      int tokens,
      int width,
      int inner) {
    this.routing = routing;
    this.experts = routing.starts.length - 1;
    int all = routing.tokenOfSlot.length;
    gate = owner.scratch(keep + "gate", type, all, inner);
    up = owner.scratch(keep + "up", type, all, inner);
    sigmoids = owner.scratch(keep + "sigmoids", type, all, inner);
    weights = owner.scratch(keep + "weights", type, all, 1);
    tokenOfSlot = owner.scratch(keep + "token.of.slot", DataType.INT32, all);
    for (int rank = 0; rank < routing.slots.length; rank++) {
      slotOfToken.add(owner.scratch(keep + "slot.of.token." + rank, DataType.INT32, tokens));
    }
    sorted = owner.scratch("sorted", type, all, width);
    joined = owner.scratch("joined", type, all, 2L * inner);
    hidden = owner.scratch("hidden", type, all, inner);
    paddedAnswers = owner.scratch("answers", type, all + 1L, width);
    answers = rows(paddedAnswers, 0, all);
    hiddenGradient = owner.scratch("hidden.gradient", type, all, inner);
    work = owner.scratch("work", type, all, inner);
    perToken = owner.scratch("per.token", type, tokens, width);
    perSlot = owner.scratch("per.slot", type, all, 1);
    ones = owner.scratch("ones", type, inner, 1);
    ones.assign(1);
    logitsOnHost = new HostValues(tokens * experts, type);
    absentOnHost = new HostValues(tokens, type);
    slotsOnHost = new HostValues(all, type);
  }

  private NativeCall call(NativeCall made) {
    calls.add(made);
    return made;
  }

  int experts() {
    return experts;
  }

  /** Number of slots of an expert. */
  int rows(int expert) {
    return routing.starts[expert + 1] - routing.starts[expert];
  }

  /** The rows of an expert; it must have some. */
  INDArray part(INDArray bySlot, int expert) {
    return rows(bySlot, routing.starts[expert], rows(expert));
  }

  /** The matrix of an expert. */
  INDArray slice(INDArray byExpert, int expert) {
    return slices.computeIfAbsent(byExpert, ExpertSlots::slicesOf).get(expert);
  }

  /**
   * Decides who goes where.
   *
   * @param logits (N, E)
   * @param absentOrNull N values
   */
  void route(INDArray logits, INDArray absentOrNull) {
    logitsOnHost.read(logits);
    if (absentOrNull != null) {
      absentOnHost.read(absentOrNull);
    }
    routing.route(logitsOnHost.values, absentOrNull == null ? new double[0] : absentOnHost.values);
    routing.weights(slotsOnHost.values);
    slotsOnHost.write(weights);
    HostTransfer.upload(routing.tokenOfSlot, tokenOfSlot);
    for (int rank = 0; rank < slotOfToken.size(); rank++) {
      HostTransfer.upload(routing.slots[rank], slotOfToken.get(rank));
    }
  }

  /** Copies rows of tokens to their slots. */
  void toSlots(INDArray byToken, INDArray bySlot) {
    gather.run(bySlot, byToken, tokenOfSlot);
  }

  /** Adds up the answers of each token's slots. */
  void toTokens(INDArray byToken) {
    gather.run(byToken, paddedAnswers, slotOfToken.get(0));
    for (int rank = 1; rank < slotOfToken.size(); rank++) {
      gather.run(perToken, paddedAnswers, slotOfToken.get(rank));
      add.run(byToken, byToken, perToken);
    }
  }

  /** SiLU(gate) ∘ up, into {@link #hidden}. */
  void hidden() {
    multiply.run(hidden, gate, sigmoids);
    multiply.run(hidden, hidden, up);
  }

  /**
   * From the derivative by {@link #hidden} in {@link #hiddenGradient} to that by gate | up in
   * {@link #joined}: SiLU'(z) = σ(z)·(1 + z·(1 − σ(z))).
   */
  void swigluGradient() {
    multiply.run(hiddenGradient, hiddenGradient, sigmoids);
    multiply.run(hidden, hiddenGradient, gate); // now: gradient by up
    sigmoids.rsub(1, work);
    multiply.run(work, work, gate);
    work.addi(1);
    multiply.run(work, work, hiddenGradient);
    multiply.run(work, work, up);
    join.run(joined, work, hidden);
  }

  /**
   * Derivative by the router's logits.
   *
   * @param bySlot (M, f), whose row sums are the derivative by each slot's weight
   * @param gradient overwritten, (N, E)
   */
  void routerGradient(INDArray bySlot, INDArray gradient) {
    product.run(perSlot, bySlot, ones);
    slotsOnHost.read(perSlot);
    routing.gradient(slotsOnHost.values, logitsOnHost.values);
    logitsOnHost.write(gradient);
  }

  private static INDArray rows(INDArray matrix, long first, long count) {
    return view(matrix, first * matrix.size(1), count, matrix.size(1));
  }

  private static List<INDArray> slicesOf(INDArray byExpert) {
    List<INDArray> matrices = new ArrayList<>();
    long rows = byExpert.size(1);
    long columns = byExpert.size(2);
    for (long expert = 0; expert < byExpert.size(0); expert++) {
      matrices.add(view(byExpert, byExpert.offset() + expert * rows * columns, rows, columns));
    }
    return matrices;
  }

  private static INDArray view(INDArray array, long offset, long rows, long columns) {
    return Nd4j.create(
        array.data(),
        new long[] {rows, columns},
        new long[] {columns, 1},
        offset,
        'c',
        array.dataType());
  }

  /** Frees native argument lists; arrays are the owner's. */
  @Override
  public void close() {
    calls.forEach(NativeCall::close);
    calls.clear();
    slices.clear();
  }
}

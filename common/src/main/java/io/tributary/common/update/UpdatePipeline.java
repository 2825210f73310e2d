package io.tributary.common.update;

import java.util.ArrayList;
import java.util.List;

/**
 * Everything that happens to an update between training and the wire, in order.
 *
 * <pre>
 *   LocalTrainer ──RawUpdate──► finite ──► [l2-clip ──ClippedUpdate──►] … ──► frames
 * </pre>
 *
 * <p>Built by {@link #start()} and {@link Builder#then}: each stage's input type is the output type
 * of the one before, so clip-after-noise does not compile. Fails closed: when a stage throws,
 * nothing leaves. {@link #describe()} is what {@code client explain} prints, so the explanation
 * cannot drift from what runs.
 */
public final class UpdatePipeline {
  private final List<UpdateStage<?, ?>> stages;
  private final Chain chain;

  private UpdatePipeline(List<UpdateStage<?, ?>> stages, Chain chain) {
    this.stages = List.copyOf(stages);
    this.chain = chain;
  }

  /** A pipeline that only checks that the update is finite. */
  public static Builder<RawUpdate> start() {
    FiniteCheck finite = new FiniteCheck();
    List<UpdateStage<?, ?>> stages = new ArrayList<>();
    stages.add(finite);
    return new Builder<>(stages, finite::apply);
  }

  /**
   * Runs all stages.
   *
   * @param delta new weights minus old over trainable tensors; consumed
   * @return the values that may leave
   * @throws UpdateRefusedException if a stage refuses; nothing may be sent then
   */
  public float[] apply(float[] delta) {
    return chain.apply(new RawUpdate(delta)).delta();
  }

  /** One line a stage, in order. */
  public List<String> describe() {
    return stages.stream().map(UpdateStage::describe).toList();
  }

  @FunctionalInterface
  private interface Chain {
    Update apply(RawUpdate update);
  }

  @FunctionalInterface
  private interface TypedChain<O extends Update> {
    O apply(RawUpdate update);
  }

  /**
   * A pipeline whose last stage gives an {@code O}.
   *
   * @param <O> what the next stage must take
   */
  public static final class Builder<O extends Update> {
    private final List<UpdateStage<?, ?>> stages;
    private final TypedChain<O> chain;

    private Builder(List<UpdateStage<?, ?>> stages, TypedChain<O> chain) {
      this.stages = stages;
      this.chain = chain;
    }

    /** Adds a stage that takes what the pipeline gives so far. */
    public <P extends Update> Builder<P> then(UpdateStage<O, P> stage) {
      List<UpdateStage<?, ?>> longer = new ArrayList<>(stages);
      longer.add(stage);
      return new Builder<>(longer, update -> stage.apply(chain.apply(update)));
    }

    /** Closes the pipeline. */
    public UpdatePipeline build() {
      return new UpdatePipeline(stages, chain::apply);
    }
  }
}

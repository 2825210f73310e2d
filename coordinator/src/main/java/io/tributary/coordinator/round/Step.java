package io.tributary.coordinator.round;

import java.util.List;

/**
 * What a machine answers to an event.
 *
 * @param state the next state
 * @param effects to be performed in order
 * @param <S> the machine's states
 * @param <E> the machine's effects
 */
public record Step<S, E>(S state, List<E> effects) {
  /** Copies the effects. */
  public Step {
    effects = List.copyOf(effects);
  }
}

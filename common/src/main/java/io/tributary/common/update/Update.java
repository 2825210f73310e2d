package io.tributary.common.update;

/**
 * An update on its way out of a site. What has been done to it is its type, so that stages in a
 * wrong order do not compile: {@link L2Clip} takes a {@link RawUpdate} and gives a {@link
 * ClippedUpdate}; a stage that adds noise can only take one whose norm is bounded.
 */
public sealed interface Update permits RawUpdate, ClippedUpdate {
  /** New weights minus old, over trainable tensors in layout order. */
  float[] delta();
}

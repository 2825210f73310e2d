package io.tributary.transformer;

import java.util.Optional;

/**
 * One graphics card.
 *
 * @param name as its driver says
 * @param capability CUDA compute capability such as 8.6; empty if an old driver does not say
 * @param memoryBytes its memory, 0 if unknown
 */
public record GpuCard(String name, Optional<ComputeCapability> capability, long memoryBytes) {

  /** Version of a card's instruction set. */
  public record ComputeCapability(int major, int minor) {
    /** Parses {@code 9.0}. */
    static Optional<ComputeCapability> parse(String text) {
      String[] parts = text.strip().split("\\.", -1);
      try {
        return parts.length == 2
            ? Optional.of(
                new ComputeCapability(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])))
            : Optional.empty();
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      return major + "." + minor;
    }
  }
}

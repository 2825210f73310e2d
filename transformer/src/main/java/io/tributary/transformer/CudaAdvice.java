package io.tributary.transformer;

import java.util.ArrayList;
import java.util.List;

/**
 * What a user must know about CUDA on this machine: what is missing, and whether the card is newer
 * than CUDA 11.6, the newest that ND4J was built for.
 */
public final class CudaAdvice {
  /** First major compute capability that CUDA 11.6 cannot compile for: Hopper. */
  private static final int FIRST_UNKNOWN_MAJOR = 9;

  private CudaAdvice() {}

  /**
   * Decides what to say.
   *
   * @param cudaBackend whether ND4J runs on CUDA
   * @param cards the cards found; empty where there is no driver
   * @return lines for the user, the most important first; empty if all is well
   */
  public static List<String> lines(boolean cudaBackend, List<GpuCard> cards) {
    List<String> lines = new ArrayList<>();
    for (GpuCard card : cards) {
      if (card.capability().isEmpty()) {
        lines.add(
            "warning: the driver does not tell the compute capability of "
                + card.name()
                + "; CUDA 11.6 knows cards before 9.0 (Hopper)");
      } else if (card.capability().get().major() >= FIRST_UNKNOWN_MAJOR) {
        lines.add(
            "warning: "
                + card.name()
                + " has compute capability "
                + card.capability().get()
                + ", newer than CUDA 11.6 knows (Hopper and later): kernels are compiled at each"
                + " start if they load at all; use the CPU build if they do not");
      }
    }
    if (cards.isEmpty()) {
      lines.add(
          "missing for CUDA: no NVIDIA card or driver was found"
              + " (nvidia-smi is not there or lists none)");
    }
    if (!cudaBackend) {
      lines.add(
          cards.isEmpty()
              ? "missing for CUDA: this build runs on the CPU; -Pcuda builds for CUDA 11.6"
              : "missing for CUDA: a card is there but this build runs on the CPU;"
                  + " build with -Pcuda");
    }
    return List.copyOf(lines);
  }
}

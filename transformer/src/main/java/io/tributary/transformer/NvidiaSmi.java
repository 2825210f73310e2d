package io.tributary.transformer;

import io.tributary.transformer.GpuCard.ComputeCapability;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks NVIDIA's driver which cards there are, where it is installed. */
public final class NvidiaSmi {
  private static final long TIMEOUT_SECONDS = 10;
  private static final int MAX_OUTPUT_BYTES = 1 << 16;
  private static final long MEBIBYTE = 1L << 20;

  private NvidiaSmi() {}

  /** The cards; none if the tool is missing, fails or does not answer in time. */
  public static List<GpuCard> cards() {
    // Old drivers do not know compute_cap and fail as a whole: ask again without it.
    List<GpuCard> cards = parse(run("name,memory.total,compute_cap"));
    return cards.isEmpty() ? parse(run("name,memory.total")) : cards;
  }

  private static String run(String fields) {
    try {
      Process process =
          new ProcessBuilder("nvidia-smi", "--query-gpu=" + fields, "--format=csv,noheader,nounits")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process
          .onExit()
          .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .exceptionally(late -> process.destroyForcibly());
      byte[] output = process.getInputStream().readNBytes(MAX_OUTPUT_BYTES);
      return process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0
          ? new String(output, StandardCharsets.UTF_8)
          : "";
    } catch (IOException e) {
      return ""; // Not installed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** Reads lines of name, mebibytes and perhaps capability, separated by commas. */
  static List<GpuCard> parse(String output) {
    List<GpuCard> cards = new ArrayList<>();
    for (String line : output.lines().toList()) {
      String[] fields = line.split(",", -1);
      if (fields.length >= 2) {
        Optional<ComputeCapability> capability =
            fields.length > 2 ? ComputeCapability.parse(fields[2]) : Optional.empty();
        cards.add(new GpuCard(fields[0].strip(), capability, mebibytes(fields[1]) * MEBIBYTE));
      }
    }
    return List.copyOf(cards);
  }

  private static long mebibytes(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      return 0; // "[N/A]" on cards that share the host's memory.
    }
  }
}

package io.tributary.simulation.virtual;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.wire.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A file, or what one speaking role says: the classes over which {@link Partition} deals text.
 *
 * @param name unique among the texts of a simulation
 * @param bytes UTF-8; never copied and never to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // a record of one big array, compared by nobody
public record SourceText(String name, byte[] bytes) {
  /** Texts may take one part of so many of the heap: models and updates need the rest. */
  private static final int HEAP_SHARE = 4;

  /** A text of a string. */
  public static SourceText of(String name, String text) {
    return new SourceText(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Refuses texts that are empty or larger than a quarter of the heap together.
   *
   * @return them without the empty ones
   */
  static List<SourceText> checked(List<SourceText> texts, long heapBytes) {
    List<SourceText> kept = new ArrayList<>();
    long total = 0;
    for (SourceText text : texts) {
      if (text.bytes().length > 0) {
        kept.add(text);
        total += text.bytes().length;
      }
    }
    if (kept.isEmpty()) {
      throw new UserErrorException(Kind.FAILED, "--data holds no text: name UTF-8 text files");
    }
    if (total > heapBytes / HEAP_SHARE) {
      throw new UserErrorException(
          Kind.FAILED,
          "--data holds "
              + total
              + " bytes of text but a heap of "
              + heapBytes
              + " bytes has room for "
              + heapBytes / HEAP_SHARE
              + ": raise -Xmx by TRIBUTARY_JAVA_OPTS, or name less text");
    }
    return kept;
  }

  /** Names all texts and their order: two simulations with it alike read the same bytes. */
  static Digest digest(List<SourceText> texts) {
    StringBuilder all = new StringBuilder();
    for (SourceText text : texts) {
      all.append(Digest.sha256(ByteBuffer.wrap(text.bytes())).hex())
          .append(' ')
          .append(text.name())
          .append('\0');
    }
    return Digest.sha256(ByteBuffer.wrap(all.toString().getBytes(StandardCharsets.UTF_8)));
  }
}

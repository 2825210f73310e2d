package io.tributary.transformer.decode;

import java.util.List;
import java.util.Locale;

/**
 * A finished text, without its prompt.
 *
 * @param text whole characters; bytes that are no UTF-8 are U+FFFD, and a character cut at the end
 *     is left out
 * @param tokens chosen, the one that ended the text included
 * @param ending why it ended
 */
public record GeneratedText(String text, List<Integer> tokens, Ending ending) {
  /** Why a text ended. */
  public enum Ending {
    /** The model said so. */
    END_OF_TEXT,
    /** A stop sequence came. */
    STOP_SEQUENCE,
    /** The maximum number of tokens or bytes. */
    LENGTH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Copies the tokens. */
  public GeneratedText {
    tokens = List.copyOf(tokens);
  }
}

package io.tributary.transformer.decode;

import io.tributary.transformer.decode.GeneratedText.Ending;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One text while it grows: its tokens, its bytes, and whether it has ended. */
final class GrowingText {
  private final int endOfText;
  private final TokenText.Reader reader;
  private final GenerationSettings settings;
  private final List<Integer> tokens;
  private byte[] bytes;
  private int length;
  private Ending ending;

  GrowingText(TokenText vocabulary, GenerationSettings settings, int[] prompt) {
    this.endOfText = vocabulary.endOfText();
    this.reader = vocabulary.read(prompt);
    this.settings = settings;
    this.tokens = new ArrayList<>();
    this.bytes = new byte[64];
  }

  private GrowingText(GrowingText other) {
    this.endOfText = other.endOfText;
    this.reader = other.reader.copy();
    this.settings = other.settings;
    this.tokens = new ArrayList<>(other.tokens);
    this.bytes = other.bytes.clone();
    this.length = other.length;
    this.ending = other.ending;
  }

  /** This text with one more token; this one stays as it is. */
  GrowingText with(int token) {
    GrowingText longer = new GrowingText(this);
    longer.append(token);
    return longer;
  }

  /** Appends a token to a text that has not ended. */
  void append(int token) {
    if (ending != null) {
      throw new IllegalStateException("the text has ended: " + ending);
    }
    tokens.add(token);
    if (token == endOfText) {
      ending = Ending.END_OF_TEXT;
      return;
    }
    int searched = length;
    put(reader.next(token));
    int cut = settings.stops().cut(bytes, length, searched);
    if (cut >= 0 && cut <= settings.maxBytes()) {
      length = cut;
      ending = Ending.STOP_SEQUENCE;
    } else if (length >= settings.maxBytes()) {
      length = settings.maxBytes();
      ending = Ending.LENGTH;
    } else if (tokens.size() >= settings.maxTokens()) {
      ending = Ending.LENGTH;
    }
  }

  private void put(byte[] more) {
    if (length + more.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more.length));
    }
    System.arraycopy(more, 0, bytes, length, more.length);
    length += more.length;
  }

  /** Why it ended; empty while it may go on. */
  Optional<Ending> ending() {
    return Optional.ofNullable(ending);
  }

  int tokenCount() {
    return tokens.size();
  }

  /** Bytes that no stop sequence can take back any more. */
  int settledBytes() {
    return ending == null ? length - settings.stops().held(bytes, length) : length;
  }

  /** The characters that are complete with the bytes from {@code from} to the settled ones. */
  String settled(CharacterStream characters, int from) {
    return characters.take(bytes, from, settledBytes());
  }

  /** The finished text. */
  GeneratedText finished() {
    if (ending == null) {
      throw new IllegalStateException("the text has not ended");
    }
    return new GeneratedText(new CharacterStream().take(bytes, 0, length), tokens, ending);
  }
}

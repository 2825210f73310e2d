package io.tributary.client.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * How a site's files spell characters; {@code data.encoding} of its file. It is stated and never
 * guessed: a wrong guess would spoil a model without any other sign.
 */
public enum TextEncoding {
  /** The default. */
  @JsonProperty("utf-8")
  UTF_8(StandardCharsets.UTF_8),
  /** Latin-1: every byte is a character, so that no mistake can be found. */
  @JsonProperty("iso-8859-1")
  ISO_8859_1(StandardCharsets.ISO_8859_1),
  /** What Windows in Western Europe and America writes; five bytes stand for nothing. */
  @JsonProperty("windows-1252")
  WINDOWS_1252(Charset.forName("windows-1252")),
  /** With a byte-order mark, or big-endian without one. */
  @JsonProperty("utf-16")
  UTF_16(StandardCharsets.UTF_16);

  private final Charset charset;

  TextEncoding(Charset charset) {
    this.charset = charset;
  }

  Charset charset() {
    return charset;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

package io.tributary.examples.spam;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;

/**
 * What a reader of a mail sees, without its headers, which would give the answer away: list names,
 * filters' verdicts, the archive's own marks.
 *
 * <pre>
 *   body ─► parts (plain text, or else HTML) ─► transfer encoding ─► charset ─► tags away
 *        ─► list's footer away ─► white space joined ─► first {@link #MAX_CHARACTERS}
 * </pre>
 *
 * <p>Not done: headers of mails that are quoted within a body stay, subjects are headers and go,
 * attachments are left out. A charset that is unknown, or was not declared, is read as
 * Windows-1252, as mail readers of the time did.
 */
final class MailText {
  /** More than any model here reads. */
  static final int MAX_CHARACTERS = 4_000;

  private static final int MAX_DEPTH = 6;
  private static final int MAX_PARTS = 64;
  private static final int MAX_FOOTER_LINES = 12;
  private static final Charset FALLBACK = Charset.forName("windows-1252");
  private static final Pattern RULER = Pattern.compile("[-_=*~]{8,}.*");
  private static final Pattern LIST_WORDS =
      Pattern.compile(
          "(?i).*(mailing list|mailman|listinfo|unsubscribe|yahoo! groups|sponsored by:|this"
              + " sf.net email).*");
  private static final Pattern WHITE_SPACE = Pattern.compile("[\\s\\p{Z}\\p{C}]+");

  private final List<String> plain = new ArrayList<>();
  private final List<String> html = new ArrayList<>();
  private int parts;

  private MailText() {}

  /**
   * The text of a mail.
   *
   * @param mail all of it, headers too
   * @return one line; empty if there is nothing to read
   */
  static String of(byte[] mail) {
    String raw =
        new String(mail, StandardCharsets.ISO_8859_1).replace("\r\n", "\n").replace('\r', '\n');
    MailText text = new MailText();
    text.collect(raw, 0);
    String seen = String.join("\n", text.plain);
    if (seen.isBlank()) {
      seen = String.join("\n", text.html);
    }
    String line = WHITE_SPACE.matcher(withoutFooter(seen)).replaceAll(" ").strip();
    return cut(line);
  }

  private static String cut(String line) {
    if (line.length() <= MAX_CHARACTERS) {
      return line;
    }
    int end = Character.isHighSurrogate(line.charAt(MAX_CHARACTERS - 1)) ? 1 : 0;
    return line.substring(0, MAX_CHARACTERS - end);
  }

  private void collect(String part, int depth) {
    if (++parts > MAX_PARTS || depth > MAX_DEPTH) {
      return;
    }
    MailHeaders headers = MailHeaders.read(part);
    String body = part.substring(headers.bodyStart());
    String type = headers.plain("content-type");
    if (type.startsWith("multipart/")) {
      String boundary = headers.parameter("content-type", "boundary").orElse("");
      if (!boundary.isBlank()) {
        for (String inner : split(body, "--" + boundary)) {
          collect(inner, depth + 1);
        }
        return;
      }
    }
    if (type.equals("message/rfc822")) {
      collect(body, depth + 1);
    } else if (type.isEmpty() || type.startsWith("text") || type.startsWith("multipart/")) {
      String decoded = decoded(headers, body);
      if (type.startsWith("text/html") || looksLikeHtml(decoded)) {
        html.add(Jsoup.parse(decoded).text());
      } else {
        plain.add(decoded);
      }
    }
  }

  /** The parts between lines that start with the delimiter; what comes before the first is not. */
  private static List<String> split(String body, String delimiter) {
    List<String> found = new ArrayList<>();
    StringBuilder part = null;
    for (String line : body.split("\n", -1)) {
      if (line.startsWith(delimiter)) {
        if (part != null) {
          found.add(part.toString());
        }
        boolean last = line.startsWith("--", delimiter.length());
        part = last ? null : new StringBuilder();
      } else if (part != null) {
        part.append(line).append('\n');
      }
    }
    if (part != null) {
      found.add(part.toString()); // cut off before its end
    }
    return found;
  }

  private static boolean looksLikeHtml(String text) {
    String start =
        text.substring(0, Math.min(text.length(), 400)).stripLeading().toLowerCase(Locale.ROOT);
    return start.startsWith("<html")
        || start.startsWith("<!doctype html")
        || start.contains("<body");
  }

  private static String decoded(MailHeaders headers, String body) {
    byte[] bytes =
        switch (headers.plain("content-transfer-encoding")) {
          case "base64" -> base64(body);
          case "quoted-printable" -> quotedPrintable(body);
          default -> body.getBytes(StandardCharsets.ISO_8859_1);
        };
    return new String(bytes, charset(headers.parameter("content-type", "charset").orElse("")));
  }

  private static Charset charset(String name) {
    try {
      Charset named = name.isBlank() ? FALLBACK : Charset.forName(name.strip());
      // What is declared as one of these and is not means Windows-1252 as a rule.
      boolean narrow =
          named.equals(StandardCharsets.US_ASCII) || named.equals(StandardCharsets.ISO_8859_1);
      return narrow ? FALLBACK : named;
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return FALLBACK;
    }
  }

  private static byte[] base64(String body) {
    try {
      return Base64.getMimeDecoder().decode(body.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      return new byte[0]; // cut off or not base64 at all: nothing that anybody could read
    }
  }

  /** RFC 2045, section 6.7; an escape that is none stays as it is. */
  private static byte[] quotedPrintable(String body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(body.length());
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      if (c != '=') {
        out.write(c);
      } else if (i + 1 < body.length() && body.charAt(i + 1) == '\n') {
        i++; // a soft line break
      } else if (i + 2 < body.length()
          && Character.digit(body.charAt(i + 1), 16) >= 0
          && Character.digit(body.charAt(i + 2), 16) >= 0) {
        out.write(
            Character.digit(body.charAt(i + 1), 16) * 16 + Character.digit(body.charAt(i + 2), 16));
        i += 2;
      } else {
        out.write(c);
      }
    }
    return out.toByteArray();
  }

  /** Cuts from a ruled line near the end, if what follows are a list's own words. */
  private static String withoutFooter(String text) {
    String[] lines = text.stripTrailing().split("\n", -1);
    int first = Math.max(0, lines.length - MAX_FOOTER_LINES);
    for (int i = first; i < lines.length; i++) {
      if (RULER.matcher(lines[i].strip()).matches() && speaksOfLists(lines, i)) {
        return String.join("\n", List.of(lines).subList(0, i));
      }
    }
    return text;
  }

  private static boolean speaksOfLists(String[] lines, int from) {
    for (int i = from; i < lines.length; i++) {
      if (LIST_WORDS.matcher(lines[i]).matches()) {
        return true;
      }
    }
    return false;
  }
}

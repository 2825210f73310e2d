package io.tributary.examples.spam;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header fields of a mail, or of one part of it, and where its body starts. Folded lines are
 * joined; of a field that comes twice the first counts; an mbox line before them is no field.
 *
 * <p>Text is Latin-1 here, a byte a character: a mail's bytes mean characters only once its charset
 * is known.
 */
final class MailHeaders {
  private static final Pattern FIELD = Pattern.compile("([!-9;-~]{1,80}):[ \\t]*(.*)");

  private final Map<String, String> fields = new LinkedHashMap<>();
  private int bodyStart;

  private MailHeaders() {}

  /** Reads the fields at the start of a text whose lines end in a newline alone. */
  static MailHeaders read(String mail) {
    MailHeaders headers = new MailHeaders();
    String name = null;
    int at = 0;
    while (at < mail.length()) {
      int end = mail.indexOf('\n', at);
      end = end < 0 ? mail.length() : end;
      String line = mail.substring(at, end);
      Matcher field = FIELD.matcher(line);
      boolean folded = line.startsWith(" ") || line.startsWith("\t");
      if (line.isBlank()) {
        at = end + 1;
        break;
      } else if (folded && name != null) {
        headers.fields.merge(name, " " + line.strip(), String::concat);
      } else if (field.matches() && !line.startsWith("From ")) {
        name = field.group(1).toLowerCase(Locale.ROOT);
        if (headers.fields.containsKey(name)) {
          name = null;
        } else {
          headers.fields.put(name, field.group(2).strip());
        }
      }
      at = end + 1;
    }
    headers.bodyStart = Math.min(at, mail.length());
    return headers;
  }

  /** A field's value, its lines joined. */
  Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name)).filter(value -> !value.isBlank());
  }

  /** A field's value before its first parameter, in lower case; empty if it has none. */
  String plain(String name) {
    String value = field(name).orElse("");
    int end = value.indexOf(';');
    return (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** A parameter of a field, such as {@code charset} of {@code Content-Type}. */
  Optional<String> parameter(String name, String parameter) {
    Matcher found =
        Pattern.compile(
                "(?i)[;\\s]" + Pattern.quote(parameter) + "\\s*=\\s*(?:\"([^\"]*)\"|([^;\\s\"]+))")
            .matcher(field(name).orElse(""));
    if (!found.find()) {
      return Optional.empty();
    }
    return Optional.of(found.group(1) == null ? found.group(2) : found.group(1));
  }

  /** Index of the first character behind the blank line. */
  int bodyStart() {
    return bodyStart;
  }
}

package io.tributary.common.tls;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of one site: what its certificate says it is, and the only thing the coordinator knows
 * it by.
 *
 * <p>The grammar, {@code [a-z0-9][a-z0-9._-]{0,62}}, is small on purpose: a name stands in a
 * certificate, a URI, a directory and a log line, and needs escaping in none of them.
 *
 * @param value the name, 1 to 63 characters
 */
public record SiteName(String value) implements Comparable<SiteName> {
  /** Longest name, in characters; an X.509 common name may have 64. */
  public static final int MAX_CHARACTERS = 63;

  private static final Pattern GRAMMAR = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
  private static final String URI_PREFIX = "tributary://site/";

  /**
   * Checks the grammar.
   *
   * @throws UserErrorException of kind USAGE when the name breaks it
   */
  public SiteName {
    if (!GRAMMAR.matcher(value).matches()) {
      throw new UserErrorException(
          Kind.USAGE,
          "site name "
              + quoted(value)
              + " is not valid: use 1 to "
              + MAX_CHARACTERS
              + " of the characters a-z 0-9 . _ - and begin with a letter or a digit");
    }
  }

  /** Returns the identity as it stands in a certificate, {@code tributary://site/NAME}. */
  public URI uri() {
    return URI.create(URI_PREFIX + value);
  }

  /** Returns the site that a certificate's URI names, or nothing if it names no valid site. */
  static Optional<SiteName> fromUri(String uri) {
    if (!uri.startsWith(URI_PREFIX)) {
      return Optional.empty();
    }
    String name = uri.substring(URI_PREFIX.length());
    return GRAMMAR.matcher(name).matches() ? Optional.of(new SiteName(name)) : Optional.empty();
  }

  @Override
  public int compareTo(SiteName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }

  /** The value may come from anywhere: keep the message one line and short. */
  private static String quoted(String value) {
    String printable = value.replaceAll("[^\\x20-\\x7e]", "?");
    return '"'
        + (printable.length() > MAX_CHARACTERS
            ? printable.substring(0, MAX_CHARACTERS) + "…"
            : printable)
        + '"';
  }
}

package io.tributary.certs;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.util.IPAddress;

/**
 * The names and addresses under which sites reach the coordinator; they stand in its certificate
 * and TLS lets a site talk to no other.
 *
 * @param values DNS names (a leading {@code *.} allowed), IPv4 and IPv6 addresses; no duplicates
 */
public record HostNames(List<String> values) {
  /** Most names one certificate carries. */
  public static final int MAX_NAMES = 64;

  private static final Pattern DNS =
      Pattern.compile(
          "(?=.{1,253}$)(\\*\\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
              + "(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern ONLY_DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");

  /** For a federation on one machine: localhost, 127.0.0.1, ::1. */
  public static final HostNames LOCAL = new HostNames(List.of("localhost", "127.0.0.1", "::1"));

  /**
   * Checks every name.
   *
   * @throws UserErrorException of kind USAGE naming the bad one
   */
  public HostNames {
    Set<String> distinct = new LinkedHashSet<>();
    for (String value : values) {
      String name = withoutBrackets(value.strip());
      if (!isAddress(name) && !isDnsName(name)) {
        throw new UserErrorException(
            Kind.USAGE,
            "host name \""
                + value.replaceAll("[^\\x20-\\x7e]", "?")
                + "\" is neither a DNS name nor an IP address: give the names sites will dial,"
                + " without a port");
      }
      distinct.add(name);
    }
    if (distinct.isEmpty() || distinct.size() > MAX_NAMES) {
      throw new UserErrorException(
          Kind.USAGE,
          "the coordinator has " + distinct.size() + " host names: give 1 to " + MAX_NAMES);
    }
    values = List.copyOf(distinct);
  }

  /** Returns the extension's value. */
  GeneralNames subjectAlternativeNames() {
    List<GeneralName> names = new ArrayList<>();
    for (String value : values) {
      int tag = isAddress(value) ? GeneralName.iPAddress : GeneralName.dNSName;
      names.add(new GeneralName(tag, value));
    }
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  private static boolean isAddress(String name) {
    return IPAddress.isValid(name);
  }

  private static boolean isDnsName(String name) {
    // 10.0.0.300 is a mistyped address, not a name.
    return DNS.matcher(name).matches() && !ONLY_DIGITS_AND_DOTS.matcher(name).matches();
  }

  private static String withoutBrackets(String name) {
    return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
  }
}

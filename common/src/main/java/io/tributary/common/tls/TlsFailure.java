package io.tributary.common.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns what TLS libraries throw into one line that says who refused whom, why, and what to do.
 *
 * <p>The wording of both providers is matched here and nowhere else. A wrong guess costs clarity,
 * never safety: by the time anybody asks, the connection is already refused.
 */
public final class TlsFailure {
  /** BoringSSL: {@code ...:SSLV3_ALERT_CERTIFICATE_EXPIRED}. */
  private static final Pattern OPENSSL_ALERT =
      Pattern.compile("(?:SSLV3|TLSV1|TLSV13)_ALERT_([A-Z0-9_]+)");

  /** JDK: {@code Received fatal alert: certificate_expired}. */
  private static final Pattern JDK_ALERT = Pattern.compile("Received fatal alert: ([a-z0-9_]+)");

  private static final int MAX_CAUSES = 16;

  private TlsFailure() {}

  /**
   * Explains a failed handshake, an alert that came later, or a connection that never was.
   *
   * @param failure what Netty reported; its causes are searched too
   * @param self COORDINATOR or SITE: which end is asking
   * @param peer the other end's address, {@code host:port}
   * @return one line, without a stack trace
   */
  public static String explain(Throwable failure, CertificateRole self, String peer) {
    String other = other(self) + " at " + OneLine.of(peer);
    List<Throwable> causes = causes(failure);
    for (Throwable cause : causes) {
      if (cause instanceof PeerRefusedException refused) {
        return "refused the " + other + ": its certificate " + refused.getMessage() + remedy(self);
      }
    }
    for (Throwable cause : causes) {
      Optional<String> alert = alert(cause);
      if (alert.isPresent()) {
        return alertLine(alert.get(), self, other);
      }
    }
    for (Throwable cause : causes) {
      Optional<String> line = knownLine(cause, self, other);
      if (line.isPresent()) {
        return line.get();
      }
    }
    return "TLS with the " + other + " failed: " + OneLine.of(causes.get(causes.size() - 1));
  }

  /** Explains a handshake that went well but for the application protocol. */
  static String otherProtocol(String protocol, CertificateRole self, String peer) {
    return "refused the "
        + other(self)
        + " at "
        + OneLine.of(peer)
        + ": it "
        + (protocol == null || protocol.isEmpty()
            ? "did not agree on the protocol "
            : "chose the protocol " + OneLine.of(protocol) + " instead of ")
        + TlsContexts.PROTOCOL
        + " (ALPN); it is not Tributary, or of an incompatible version";
  }

  private static Optional<String> knownLine(Throwable cause, CertificateRole self, String other) {
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (cause instanceof NotSslRecordException
        || message.contains("unrecognized ssl message")
        || message.contains("wrong_version_number")
        || message.contains("http_request")) {
      return line("the " + other + " does not speak TLS: it sent plain text");
    }
    if (message.contains("empty client certificate chain")
        || message.contains("peer_did_not_return_a_certificate")
        || message.contains("empty client certificate")) {
      return line(
          "refused the " + other + ": it sent no certificate; a site needs one of `certs issue`");
    }
    if (message.contains("client supported protocol versions")
        || message.contains("client requested protocol")
        || message.contains("unsupported_protocol")
        || message.contains("selected protocol version")
        || message.contains("wrong_ssl_version")) {
      return line(
          "refused the " + other + ": it does not offer TLS 1.3, and nothing older will do");
    }
    if (cause instanceof SslHandshakeTimeoutException) {
      return line(
          "the "
              + other
              + " did not finish the TLS handshake within "
              + TlsContexts.HANDSHAKE_TIMEOUT_MILLIS
              + " ms");
    }
    if (cause instanceof UnknownHostException) {
      return line("the " + other + " has no address: check the host name");
    }
    if (cause instanceof ConnectException) {
      return line(
          "nothing accepts connections as the " + other + ": is it running, is the port right?");
    }
    if (cause instanceof ClosedChannelException
        || message.contains("connection reset")
        || message.contains("broken pipe")
        || message.contains("closed engine")) {
      return line(
          "the "
              + other
              + " closed the connection during the TLS handshake"
              + (self == CertificateRole.SITE ? ": its log says why" : ""));
    }
    return Optional.empty();
  }

  private static String alertLine(String alert, CertificateRole self, String other) {
    boolean atSite = self == CertificateRole.SITE;
    String own = atSite ? "this site's certificate" : "this coordinator's certificate";
    return switch (alert) {
      case "certificate_expired" ->
          "the "
              + other
              + " says that "
              + own
              + " has expired or is not valid yet: check both clocks, or "
              + (atSite
                  ? "issue a new one with `tributary certs issue --site NAME --force`"
                  : "make a new one with `tributary certs init`");
      case "certificate_required" ->
          "the " + other + " demands a certificate, and none was sent: use one of `certs issue`";
      case "bad_certificate",
          "certificate_unknown",
          "unknown_ca",
          "unsupported_certificate",
          "certificate_revoked",
          "access_denied" ->
          "the "
              + other
              + " refused "
              + own
              + " (alert "
              + alert
              + "): "
              + (atSite
                  ? "it must be a site's, in date, and issued by the coordinator's own authority;"
                      + " the coordinator's log says which it is not"
                  : "the site trusts another ca.pem, dials a host that is not in the certificate,"
                      + " or its clock is wrong; the site's log says which");
      case "protocol_version" -> "the " + other + " does not accept TLS 1.3";
      case "no_application_protocol" ->
          "the " + other + " does not speak " + TlsContexts.PROTOCOL + " (ALPN)";
      default -> "the " + other + " ended the TLS handshake with the alert " + OneLine.of(alert);
    };
  }

  private static String remedy(CertificateRole self) {
    return self == CertificateRole.SITE
        ? "; check the address, ca.pem and this machine's clock"
        : "; nothing of it was read";
  }

  private static String other(CertificateRole self) {
    return self == CertificateRole.SITE ? "coordinator" : "site";
  }

  private static Optional<String> alert(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    Matcher jdk = JDK_ALERT.matcher(message);
    if (jdk.find()) {
      return Optional.of(jdk.group(1));
    }
    Matcher openssl = OPENSSL_ALERT.matcher(message);
    return openssl.find()
        ? Optional.of(openssl.group(1).toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  private static Optional<String> line(String line) {
    return Optional.of(line);
  }

  /** From the outside in; bounded, because a cause may be its own ancestor. */
  private static List<Throwable> causes(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable t = failure; t != null && causes.size() < MAX_CAUSES; t = t.getCause()) {
      causes.add(t);
      for (Throwable suppressed : t.getSuppressed()) {
        if (causes.size() < MAX_CAUSES) {
          causes.add(suppressed);
        }
      }
    }
    return causes;
  }
}

package io.tributary.client;

import io.tributary.common.wire.WireConnectException;
import java.util.List;

/**
 * Tells whether a connection that never opened is worth trying again: a network or a coordinator
 * that is down, yes, for ever; a certificate or a version that somebody must change, no. Asked
 * until the process's first connection only: later, a wrong answer is somebody's passing mistake.
 *
 * <p>Refusals on the wire carry a code. What fails inside TLS has only the line that {@link
 * io.tributary.common.tls.TlsFailure} made of it, so its words for certificates are known here; the
 * tests hold them together with real handshakes. A phrase missed means that the site goes on
 * trying, never that it lets anybody in.
 */
final class ConnectFailure {
  private static final List<String> CERTIFICATE_PHRASES =
      List.of(
          ": its certificate ", // this site refused the coordinator
          " refused this site's certificate ",
          " says that this site's certificate ",
          " demands a certificate,");

  private ConnectFailure() {}

  static boolean isPermanent(WireConnectException failure) {
    String message = failure.getMessage();
    return !failure.mayPass() || CERTIFICATE_PHRASES.stream().anyMatch(message::contains);
  }
}

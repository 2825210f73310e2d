package io.tributary.common.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What no handshake in the other tests brings about; those assert their explanations themselves.
 */
class TlsFailureTest {
  private static final String PEER = "fed.example:7443";

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new ConnectException("refused"), "nothing accepts connections"),
        Arguments.of(new UnknownHostException("fed.example"), "check the host name"),
        Arguments.of(new SocketException("Connection reset"), "closed the connection"),
        Arguments.of(new SslHandshakeTimeoutException("slow"), "within 20000 ms"),
        Arguments.of(
            new SSLHandshakeException("Received fatal alert: no_application_protocol"),
            "does not speak tributary/1"),
        Arguments.of(
            new SSLHandshakeException("error:1:SSL routines:x:TLSV1_ALERT_CERTIFICATE_REQUIRED"),
            "demands a certificate"),
        Arguments.of(
            new SSLHandshakeException("error:1:SSL routines:x:SSLV3_ALERT_CERTIFICATE_REVOKED"),
            "refused this site's certificate (alert certificate_revoked)"),
        Arguments.of(new SSLHandshakeException("odd\nthing"), "failed: odd thing"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void explainsInOneLineThatNamesThePeer(Throwable failure, String expected) {
    for (Throwable reported : new Throwable[] {failure, new IllegalStateException("x", failure)}) {
      assertThat(TlsFailure.explain(reported, CertificateRole.SITE, PEER))
          .contains(expected)
          .contains("coordinator at fed.example:7443")
          .doesNotContain("\n");
    }
  }

  @Test
  void survivesACauseThatIsItsOwnAncestor() {
    Exception outer = new Exception("outer");
    Exception inner = new Exception("inner", outer);
    outer.initCause(inner);
    assertThat(TlsFailure.explain(outer, CertificateRole.COORDINATOR, PEER)).contains("failed: ");
  }

  @Test
  void keepsHostileTextToOneShortLine() {
    Exception hostile =
        new SSLHandshakeException("a\n2026-01-01 INFO all is well " + "x".repeat(999));
    assertThat(TlsFailure.explain(hostile, CertificateRole.COORDINATOR, PEER))
        .doesNotContain("\n")
        .hasSizeLessThan(300);
  }
}

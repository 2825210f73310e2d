package io.tributary.common.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.tributary.common.tls.PeerRefusedException.Reason;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts what one root signed for one role, and can say why it does not.
 *
 * <p>The JDK's PKIX trust manager decides over path, dates and host; the role is checked on top of
 * it. Only after a refusal does this class look for the reason, so a mistake in the wording can
 * never let anybody in.
 */
final class RoleTrustManager extends X509ExtendedTrustManager {
  private static final X509Certificate[] NONE = {};

  private final X509ExtendedTrustManager pkix;
  private final X509Certificate root;
  private final CertificateRole expected;
  private final TlsProvider provider;

  RoleTrustManager(X509Certificate root, CertificateRole expected, TlsProvider provider)
      throws GeneralSecurityException {
    this.root = root;
    this.expected = expected;
    this.provider = provider;
    this.pkix = pkixUnder(root);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(CertificateRole.SITE, chain, () -> pkix.checkClientTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(
        CertificateRole.COORDINATOR,
        chain,
        () -> {
          // PKIX skips the host check when the engine does not ask for it: then nothing may pass.
          if (!"HTTPS".equals(engine.getSSLParameters().getEndpointIdentificationAlgorithm())) {
            throw new CertificateException("the check of the host name is off");
          }
          pkix.checkServerTrusted(chain, authType, engine);
        });
  }

  /** No hint of the authority: a client sends what it has, and the refusal can say what it was. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return NONE;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  private static CertificateException withoutEngine() {
    return new CertificateException("cannot be checked without the TLS engine it came through");
  }

  @FunctionalInterface
  private interface PathCheck {
    void run() throws CertificateException;
  }

  private void check(CertificateRole role, X509Certificate[] chain, PathCheck path)
      throws CertificateException {
    try {
      if (role != expected) {
        throw new PeerRefusedException(
            Reason.WRONG_ROLE,
            "is a " + role.title() + "'s, where only a " + expected.title() + " may connect");
      }
      try {
        path.run();
      } catch (CertificateException refusal) {
        throw diagnosed(chain[0], refusal);
      }
      PeerIdentity.of(chain[0], expected);
    } catch (PeerRefusedException refused) {
      if (provider == TlsProvider.OPENSSL) {
        // Without a code BoringSSL tells the peer "internal_error", which sends people astray.
        throw new OpenSslCertificateException(
            refused.getMessage(), refused, refused.reason().verificationCode());
      }
      throw refused;
    }
  }

  /** PKIX has said no; find the plainest true reason. The order is from the outside in. */
  private PeerRefusedException diagnosed(X509Certificate leaf, CertificateException refusal) {
    if (!isIssuedByRoot(leaf)) {
      return new PeerRefusedException(
          Reason.OTHER_AUTHORITY,
          "was issued by another authority than the one in ca.pem (issuer "
              + OneLine.of(leaf.getIssuerX500Principal().getName())
              + ")",
          refusal);
    }
    try {
      // PKIX looks at the system's clock, so its reason is sought there too.
      PeerIdentity.requireInDate(leaf, Clock.systemUTC().instant());
      expected.require(leaf);
    } catch (PeerRefusedException reason) {
      return reason;
    }
    if (expected == CertificateRole.COORDINATOR) {
      return new PeerRefusedException(
          Reason.OTHER_HOST, "is for another host: " + OneLine.of(refusal), refusal);
    }
    return new PeerRefusedException(
        Reason.INVALID, "is not valid: " + OneLine.of(refusal), refusal);
  }

  private boolean isIssuedByRoot(X509Certificate leaf) {
    try {
      leaf.verify(root.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static X509ExtendedTrustManager pkixUnder(X509Certificate root)
      throws GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      trusted.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException("an empty key store cannot be made", e);
    }
    trusted.setCertificateEntry("root", root);
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(trusted);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new GeneralSecurityException("this Java has no PKIX trust manager");
  }
}

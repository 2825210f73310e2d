package io.tributary.client;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.PeerRefusedException;
import io.tributary.common.tls.PemFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;

/**
 * Who this site is, by its certificate.
 *
 * @param name in the certificate
 * @param material certificate, key and trusted root
 */
record SiteIdentity(SiteName name, TlsMaterial material) {
  /**
   * Reads and checks the configured files.
   *
   * @throws UserErrorException if they cannot be used, naming the file and what to do
   */
  static SiteIdentity load(SiteConfig config, Clock clock) {
    SiteConfig.Tls files = config.tls();
    TlsMaterial material =
        TlsMaterial.load(
            CertificateRole.SITE,
            Path.of(files.certificate()),
            Path.of(files.key()),
            Path.of(files.ca()),
            clock);
    return new SiteIdentity(nameIn(material.chain().get(0), files.certificate()), material);
  }

  /**
   * The name alone, and without a look at the clock: for what a site was told in the past.
   *
   * @throws UserErrorException if the certificate cannot be read, or is not a site's
   */
  static SiteName nameOf(SiteConfig config) {
    String file = config.tls().certificate();
    return nameIn(PemFiles.certificates(Path.of(file)).get(0), file);
  }

  private static SiteName nameIn(X509Certificate certificate, String file) {
    try {
      PeerIdentity identity = PeerIdentity.of(certificate, CertificateRole.SITE);
      return ((PeerIdentity.Site) identity).name();
    } catch (PeerRefusedException e) {
      throw new UserErrorException(Kind.FAILED, file + ": this certificate " + e.getMessage(), e);
    }
  }
}

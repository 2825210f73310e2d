package io.tributary.client;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.PeerRefusedException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import java.nio.file.Path;
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
    try {
      PeerIdentity identity = PeerIdentity.of(material.chain().get(0), CertificateRole.SITE);
      return new SiteIdentity(((PeerIdentity.Site) identity).name(), material);
    } catch (PeerRefusedException e) {
      throw new UserErrorException(
          Kind.FAILED, files.certificate() + ": this certificate " + e.getMessage(), e);
    }
  }
}

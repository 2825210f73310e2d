package io.tributary.simulation.limits;

import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsContexts;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.tls.TlsProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;

/** The limits of this machine by themselves, with an authority made for the purpose. */
public final class LimitsBenchmark {
  private static final String HOST = "127.0.0.1";

  private LimitsBenchmark() {}

  /**
   * Measures.
   *
   * @param directory an empty directory on the disk that counts; its content is the caller's to
   *     delete
   * @param fileBytes of the files that are written
   * @param millis for each limit
   */
  public static MachineLimits run(Path directory, long fileBytes, long millis)
      throws IOException, InterruptedException {
    Clock clock = Clock.systemUTC();
    CertificateAuthority authority =
        new CertificateAuthority(directory.resolve("certs"), clock, Validity.DEFAULT);
    authority.init(HostNames.LOCAL, false);
    SiteName site = new SiteName("site");
    authority.issueSite(site, false);
    return MachineLimits.measure(
        TlsContexts.forCoordinator(
            TlsMaterial.loadCoordinator(directory.resolve("certs"), clock),
            TlsProvider.preferred()),
        TlsContexts.forSite(
            TlsMaterial.loadSite(authority.siteDirectory(site), clock), TlsProvider.preferred()),
        HOST,
        directory,
        fileBytes,
        millis);
  }
}

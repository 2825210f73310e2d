package io.tributary.common.tls;

/**
 * The file names of a federation's certificates, agreed between the authority that writes them and
 * the processes that read them.
 */
public final class CertificateFiles {
  /** The root certificate: all that anybody trusts. */
  public static final String ROOT = "ca.pem";

  /** The root's key; stays with the authority. */
  public static final String ROOT_KEY = "ca-key.pem";

  /** The coordinator's TLS certificate. */
  public static final String COORDINATOR = "coordinator.pem";

  /** The coordinator's TLS key. */
  public static final String COORDINATOR_KEY = "coordinator-key.pem";

  /** The receipt signer's certificate; lives with the coordinator. */
  public static final String RECEIPTS = "receipts.pem";

  /** The receipt signer's key; lives with the coordinator. */
  public static final String RECEIPTS_KEY = "receipts-key.pem";

  /** A site's certificate, in the site's own directory beside a copy of the root. */
  public static final String SITE = "site.pem";

  /** A site's key, in the site's own directory. */
  public static final String SITE_KEY = "site-key.pem";

  /** Where the authority puts the directories it hands to sites, one a name. */
  public static final String SITES_DIRECTORY = "sites";

  private CertificateFiles() {}
}

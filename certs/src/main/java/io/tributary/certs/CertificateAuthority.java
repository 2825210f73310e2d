package io.tributary.certs;

import io.tributary.certs.CertificateIssuer.Issued;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.DurableFiles.Access;
import io.tributary.common.store.DurableFiles.Entry;
import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.tls.PemFiles;
import io.tributary.common.tls.SiteName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A federation's own certificate authority, kept in one directory: what {@code tributary certs}
 * runs and what the demo uses.
 *
 * <pre>
 * DIRECTORY/ca.pem  ca-key.pem               the root; its key stays here
 *           coordinator.pem  -key.pem        the coordinator's TLS identity
 *           receipts.pem  -key.pem           what the coordinator signs receipts with
 *           sites/NAME/site.pem  -key.pem  ca.pem   all that site NAME gets
 * </pre>
 *
 * <p>Every call checks all its targets before it writes the first, and writes all temporary files
 * before it renames the first: it takes effect whole or, short of a crash between two renames, not
 * at all. Keys are unencrypted PKCS#8, created with mode 0600; directories made here have 0700.
 */
public final class CertificateAuthority {
  private final Path directory;
  private final Clock clock;
  private final CertificateIssuer issuer;

  /**
   * Names an authority; nothing is read or written yet.
   *
   * @param directory where it lives
   * @param clock gives the validity periods
   * @param validity how long what it issues lives
   */
  public CertificateAuthority(Path directory, Clock clock, Validity validity) {
    this.directory = directory;
    this.clock = clock;
    this.issuer = new CertificateIssuer(new SecureRandom(), clock, validity);
  }

  /**
   * Makes an authority for a coordinator on this machine, by the system's clock and with the usual
   * validity: see {@link #init}.
   *
   * @param directory where it lives; must not hold one yet
   */
  public static CertificateAuthority local(Path directory) {
    CertificateAuthority authority =
        new CertificateAuthority(directory, Clock.systemUTC(), Validity.DEFAULT);
    var unused = authority.init(HostNames.LOCAL, false);
    return authority;
  }

  /**
   * Makes a root, a coordinator certificate and a receipt-signing certificate.
   *
   * @param hosts the names and addresses sites will dial
   * @param force whether existing files may be replaced; every certificate the old root issued
   *     becomes worthless then
   * @return the files written
   * @throws UserErrorException REFUSED when a file exists and {@code force} is false; FAILED when
   *     the directory cannot be written
   */
  public List<Path> init(HostNames hosts, boolean force) {
    List<Path> targets =
        under(
            directory,
            CertificateFiles.ROOT_KEY,
            CertificateFiles.COORDINATOR_KEY,
            CertificateFiles.RECEIPTS_KEY,
            CertificateFiles.ROOT,
            CertificateFiles.COORDINATOR,
            CertificateFiles.RECEIPTS);
    requireWritable(targets, force);
    Issued root = issuer.root();
    Issued coordinator = issuer.coordinator(root, hosts);
    Issued receipts = issuer.receipts(root);
    return write(
        List.of(
            key(targets.get(0), root.key()),
            key(targets.get(1), coordinator.key()),
            key(targets.get(2), receipts.key()),
            certificate(targets.get(3), root.certificate()),
            certificate(targets.get(4), coordinator.certificate()),
            certificate(targets.get(5), receipts.certificate())));
  }

  /**
   * Issues a site's certificate into {@code DIRECTORY/sites/NAME}.
   *
   * @throws UserErrorException as {@link #issueSite(SiteName, Path, boolean)}
   */
  public List<Path> issueSite(SiteName site, boolean force) {
    return issueSite(site, siteDirectory(site), force);
  }

  /**
   * Issues a site's certificate. The directory holds all that the site needs and nothing that it
   * must not have.
   *
   * @param outDirectory where the files go; made if missing
   * @param force whether existing files may be replaced; the old certificate stays valid until it
   *     expires
   * @return the files written
   * @throws UserErrorException REFUSED when a file exists and {@code force} is false; FAILED when
   *     the authority is missing, unreadable or out of date, or the directory cannot be written
   */
  public List<Path> issueSite(SiteName site, Path outDirectory, boolean force) {
    List<Path> targets =
        under(
            outDirectory, CertificateFiles.SITE_KEY, CertificateFiles.SITE, CertificateFiles.ROOT);
    requireElsewhere(outDirectory);
    requireWritable(targets, force);
    Issued root = readRoot();
    Issued issued = issuer.site(root, site);
    return write(
        List.of(
            key(targets.get(0), issued.key()),
            certificate(targets.get(1), issued.certificate()),
            certificate(targets.get(2), root.certificate())));
  }

  /** Returns where {@link #issueSite(SiteName, boolean)} puts a site's files. */
  public Path siteDirectory(SiteName site) {
    return directory.resolve(CertificateFiles.SITES_DIRECTORY).resolve(site.value());
  }

  private Issued readRoot() {
    Path file = directory.resolve(CertificateFiles.ROOT);
    Path keyFile = directory.resolve(CertificateFiles.ROOT_KEY);
    X509Certificate certificate = PemFiles.certificates(file).get(0);
    PrivateKey key = PemFiles.privateKey(keyFile, certificate.getPublicKey().getAlgorithm());
    if (certificate.getBasicConstraints() == -1) {
      throw failed(file + " is not a certificate authority's certificate", null);
    }
    if (clock.instant().isAfter(certificate.getNotAfter().toInstant())) {
      throw failed(
          file
              + " expired at "
              + certificate.getNotAfter().toInstant()
              + ": make a new authority with `tributary certs init`",
          null);
    }
    if (!signs(key, certificate.getPublicKey())) {
      throw failed(
          keyFile + " is not the key of " + file + ": restore both from the same backup", null);
    }
    return new Issued(certificate, key);
  }

  private static boolean signs(PrivateKey key, PublicKey publicKey) {
    try {
      Signature signature = Signature.getInstance("SHA384withECDSA");
      signature.initSign(key);
      signature.update((byte) 1);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update((byte) 1);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static List<Path> under(Path directory, String... names) {
    List<Path> paths = new ArrayList<>();
    for (String name : names) {
      paths.add(directory.resolve(name));
    }
    return paths;
  }

  /** Whoever hands that directory to a site would hand it the root's key. */
  private void requireElsewhere(Path outDirectory) {
    if (real(outDirectory).equals(real(directory))) {
      throw new UserErrorException(
          Kind.REFUSED,
          "site files would go into the authority's own directory "
              + directory
              + ": choose another directory for the site");
    }
  }

  /** The same path for the same directory, also behind links; as written while there is none. */
  private static Path real(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      return directory.toAbsolutePath().normalize();
    }
  }

  private static void requireWritable(List<Path> targets, boolean force) {
    List<String> existing = new ArrayList<>();
    for (Path target : targets) {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        if (!force) {
          existing.add(target.toString());
        } else if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
          throw new UserErrorException(
              Kind.REFUSED, target + " is not a regular file: remove it or choose another place");
        }
      }
    }
    if (!existing.isEmpty()) {
      throw new UserErrorException(
          Kind.REFUSED,
          "would overwrite "
              + String.join(", ", existing)
              + ": choose another directory, or pass --force to replace them");
    }
  }

  private static List<Path> write(List<Entry> entries) {
    List<Path> written = new ArrayList<>();
    try {
      for (Entry entry : entries) {
        DurableFiles.createOwnerOnlyDirectories(entry.target().toAbsolutePath().getParent());
        written.add(entry.target());
      }
      DurableFiles.writeAll(entries);
    } catch (IOException e) {
      throw failed(
          "certificates cannot be written (" + e + "): choose a directory that you may write to",
          e);
    }
    return written;
  }

  private static Entry key(Path target, PrivateKey key) {
    byte[] pem = pem("PRIVATE KEY", key.getEncoded());
    return new Entry(target, Access.OWNER_ONLY, out -> out.write(pem));
  }

  private static Entry certificate(Path target, X509Certificate certificate) {
    try {
      byte[] pem = pem("CERTIFICATE", certificate.getEncoded());
      return new Entry(target, Access.SHARED, out -> out.write(pem));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate just made cannot be encoded", e);
    }
  }

  /** RFC 7468: lines of 64 characters. */
  private static byte[] pem(String label, byte[] der) {
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    String text =
        "-----BEGIN "
            + label
            + "-----\n"
            + lines.encodeToString(der)
            + "\n-----END "
            + label
            + "-----\n";
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static UserErrorException failed(String message, Throwable cause) {
    return new UserErrorException(Kind.FAILED, message, cause);
  }
}

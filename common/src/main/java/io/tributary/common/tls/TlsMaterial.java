package io.tributary.common.tls;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * What one process needs to prove who it is and to check its peers: its chain, its key and the one
 * root it trusts.
 *
 * <p>The {@code load} methods refuse material that could never work (wrong role, other authority,
 * out of date, key of another certificate) before the first connection, where the message can name
 * the file. The constructor checks none of that: tests build bad material with it.
 *
 * @param role whose material it is
 * @param root the only trusted authority
 * @param chain the own certificate first, then intermediates if there are any, without the root
 * @param key the private key of {@code chain.get(0)}; never printed
 */
public record TlsMaterial(
    CertificateRole role, X509Certificate root, List<X509Certificate> chain, PrivateKey key) {

  /** Checks presence only. */
  public TlsMaterial {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(key, "key");
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("chain is empty: the own certificate must come first");
    }
  }

  /**
   * Reads a coordinator's material from the authority's directory or a copy of its public part and
   * the coordinator's key.
   *
   * @throws UserErrorException as {@link #load}
   */
  public static TlsMaterial loadCoordinator(Path directory, Clock clock) {
    return load(
        CertificateRole.COORDINATOR,
        directory.resolve(CertificateFiles.COORDINATOR),
        directory.resolve(CertificateFiles.COORDINATOR_KEY),
        directory.resolve(CertificateFiles.ROOT),
        clock);
  }

  /**
   * Reads a site's material from the directory it was handed.
   *
   * @throws UserErrorException as {@link #load}
   */
  public static TlsMaterial loadSite(Path directory, Clock clock) {
    return load(
        CertificateRole.SITE,
        directory.resolve(CertificateFiles.SITE),
        directory.resolve(CertificateFiles.SITE_KEY),
        directory.resolve(CertificateFiles.ROOT),
        clock);
  }

  /**
   * Reads a receipt signer's material from the authority's directory or a copy of its public part
   * and the signer's key.
   *
   * @throws UserErrorException as {@link #load}
   */
  public static TlsMaterial loadReceipts(Path directory, Clock clock) {
    return load(
        CertificateRole.RECEIPTS,
        directory.resolve(CertificateFiles.RECEIPTS),
        directory.resolve(CertificateFiles.RECEIPTS_KEY),
        directory.resolve(CertificateFiles.ROOT),
        clock);
  }

  /**
   * Reads the root alone, for one who has nothing to prove and only checks what others signed. Its
   * dates do not matter: what it certified in time stays so.
   *
   * @throws UserErrorException of kind FAILED when the file holds no certificate, several, or one
   *     that is no authority's
   */
  public static X509Certificate loadRoot(Path file) {
    X509Certificate root = onlyOne(PemFiles.certificates(file), file);
    requireAuthority(root, file);
    return root;
  }

  /**
   * Reads and checks PEM files.
   *
   * @param certificate the own certificate, followed by intermediates if there are any
   * @param key the own key, unencrypted PKCS#8
   * @param root the one trusted root
   * @throws UserErrorException of kind FAILED naming the file, what is wrong and what to do, when a
   *     file is missing or unreadable, the certificate is out of date, of another role or
   *     authority, or not the key's
   */
  public static TlsMaterial load(
      CertificateRole role, Path certificate, Path key, Path root, Clock clock) {
    X509Certificate trusted = onlyOne(PemFiles.certificates(root), root);
    List<X509Certificate> chain = PemFiles.certificates(certificate);
    X509Certificate own = chain.get(0);
    Instant now = clock.instant();
    requireInDate(trusted, root, now, "make a new authority with `tributary certs init`");
    requireInDate(own, certificate, now, remedy(role));
    requireAuthority(trusted, root);
    try {
      if (role == CertificateRole.RECEIPTS) {
        role.require(own);
      } else {
        PeerIdentity.of(own, role);
      }
    } catch (PeerRefusedException e) {
      throw failed(certificate + " " + e.getMessage() + ": " + remedy(role));
    }
    try {
      chain.get(chain.size() - 1).verify(trusted.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw failed(
          certificate
              + " was not issued by the authority in "
              + root
              + ": take both files from the same directory, or "
              + remedy(role));
    }
    PrivateKey privateKey = PemFiles.privateKey(key, own.getPublicKey().getAlgorithm());
    if (!belongTogether(privateKey, own.getPublicKey())) {
      throw failed(
          key
              + " is not the key of "
              + certificate
              + ": take both files from the same directory, or "
              + remedy(role));
    }
    return new TlsMaterial(role, trusted, chain, privateKey);
  }

  /** Names the owner, never the key. */
  @Override
  public String toString() {
    return "TlsMaterial["
        + role.title()
        + ", "
        + chain.get(0).getSubjectX500Principal().getName()
        + "]";
  }

  private static X509Certificate onlyOne(List<X509Certificate> certificates, Path file) {
    if (certificates.size() != 1) {
      throw failed(
          file + " holds " + certificates.size() + " certificates: exactly one root is trusted");
    }
    return certificates.get(0);
  }

  private static void requireAuthority(X509Certificate certificate, Path file) {
    if (certificate.getBasicConstraints() == -1) {
      throw failed(
          file + " is not a certificate authority's certificate: use the ca.pem beside your own");
    }
  }

  private static void requireInDate(
      X509Certificate certificate, Path file, Instant now, String remedy) {
    try {
      PeerIdentity.requireInDate(certificate, now);
    } catch (PeerRefusedException e) {
      throw failed(
          file
              + " "
              + e.getMessage()
              + " and it is "
              + now
              + " here: check the clock, or "
              + remedy);
    }
  }

  private static String remedy(CertificateRole role) {
    return switch (role) {
      case SITE -> "issue a new one with `tributary certs issue --site NAME`";
      case COORDINATOR, RECEIPTS -> "make a new one with `tributary certs init`";
    };
  }

  private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) {
    byte[] probe = {'t', 'r', 'i', 'b'};
    String algorithm =
        switch (publicKey.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "Ed25519";
        };
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(privateKey);
      signer.update(probe);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(publicKey);
      verifier.update(probe);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static UserErrorException failed(String message) {
    return new UserErrorException(Kind.FAILED, message);
  }
}

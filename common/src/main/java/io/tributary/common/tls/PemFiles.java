package io.tributary.common.tls;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads PEM files for {@link TlsMaterial} and for the authority, with errors that name the file.
 */
public final class PemFiles {
  /** Largest PEM file read; a chain of a few certificates has under 8 KiB. */
  public static final int MAX_BYTES = 64 * 1024;

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private PemFiles() {}

  /**
   * Reads one or more certificates.
   *
   * @throws UserErrorException when the file is missing, unreadable, too big or holds none
   */
  public static List<X509Certificate> certificates(Path file) {
    byte[] bytes = read(file);
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (var certificate : factory.generateCertificates(new ByteArrayInputStream(bytes))) {
        certificates.add((X509Certificate) certificate);
      }
    } catch (CertificateException e) {
      throw failed(file + " holds no readable certificate: it must be PEM (BEGIN CERTIFICATE)", e);
    }
    if (certificates.isEmpty()) {
      throw failed(file + " holds no certificate: it must be PEM (BEGIN CERTIFICATE)", null);
    }
    return certificates;
  }

  /**
   * Reads one unencrypted PKCS#8 key.
   *
   * @param algorithm the JDK's name of the key's algorithm, as the certificate's public key has it
   * @throws UserErrorException when the file is missing, unreadable, too big or holds another key
   */
  public static PrivateKey privateKey(Path file, String algorithm) {
    byte[] bytes = read(file);
    Matcher matcher = KEY.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    Arrays.fill(bytes, (byte) 0);
    if (!matcher.find()) {
      throw failed(
          file
              + " holds no unencrypted PKCS#8 key (BEGIN PRIVATE KEY): convert it with"
              + " `openssl pkcs8 -topk8 -nocrypt`",
          null);
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(matcher.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw failed(file + " holds no readable " + algorithm + " key", e);
    }
  }

  private static byte[] read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw failed(file + " is larger than " + MAX_BYTES + " bytes: it is no PEM file", null);
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw failed(
          file + " is missing: make certificates with `tributary certs init` and `certs issue`", e);
    } catch (IOException e) {
      throw failed(file + " cannot be read (" + e + "): check its permissions", e);
    }
  }

  private static UserErrorException failed(String message, Throwable cause) {
    return new UserErrorException(Kind.FAILED, message, cause);
  }
}

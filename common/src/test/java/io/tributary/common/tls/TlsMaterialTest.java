package io.tributary.common.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsMaterialTest {
  private static final TestAuthority OURS = new TestAuthority("Our root");
  private static final TestAuthority FOREIGN = new TestAuthority("Foreign root");

  @TempDir Path directory;
  private final TlsMaterial north = OURS.site("north");
  private Clock clock = Clock.systemUTC();

  @BeforeEach
  void writeGoodFiles() throws Exception {
    write("ca.pem", "CERTIFICATE", OURS.root().getEncoded());
    write("site.pem", "CERTIFICATE", north.chain().get(0).getEncoded());
    write("site-key.pem", "PRIVATE KEY", north.key().getEncoded());
  }

  @Test
  void readsASitesDirectory() {
    TlsMaterial loaded = TlsMaterial.loadSite(directory, clock);
    assertThat(loaded).isEqualTo(north);
    assertThat(loaded.toString()).isEqualTo("TlsMaterial[site, CN=north]");
  }

  @Test
  void readsACoordinatorsDirectory() throws Exception {
    TlsMaterial coordinator = OURS.coordinator();
    write("coordinator.pem", "CERTIFICATE", coordinator.chain().get(0).getEncoded());
    write("coordinator-key.pem", "PRIVATE KEY", coordinator.key().getEncoded());
    assertThat(TlsMaterial.loadCoordinator(directory, clock)).isEqualTo(coordinator);
  }

  @Test
  void namesTheMissingFile() throws IOException {
    for (String file : new String[] {"ca.pem", "site.pem", "site-key.pem"}) {
      Path away = directory.resolve("away");
      Files.move(directory.resolve(file), away);
      assertLoadFails().hasMessageContainingAll(file + " is missing", "certs init");
      Files.move(away, directory.resolve(file));
    }
  }

  @Test
  void namesAFileThatCannotBeRead() throws IOException {
    Files.delete(directory.resolve("site.pem"));
    Files.createDirectory(directory.resolve("site.pem"));
    assertLoadFails().hasMessageContainingAll("site.pem cannot be read", "permissions");
  }

  @Test
  void refusesFilesThatAreNoPem() throws IOException {
    Files.writeString(directory.resolve("site.pem"), "hello");
    assertLoadFails().hasMessageContainingAll("site.pem", "BEGIN CERTIFICATE");
    Files.writeString(directory.resolve("site.pem"), "");
    assertLoadFails().hasMessageContainingAll("site.pem", "holds no certificate");
    Files.write(directory.resolve("site.pem"), new byte[PemFiles.MAX_BYTES + 1]);
    assertLoadFails().hasMessageContainingAll("site.pem is larger than 65536 bytes");
  }

  @Test
  void refusesKeysInAnotherFormatAndSaysHowToConvert() throws Exception {
    write("site-key.pem", "EC PRIVATE KEY", north.key().getEncoded());
    assertLoadFails().hasMessageContainingAll("site-key.pem", "openssl pkcs8 -topk8 -nocrypt");
    write("site-key.pem", "PRIVATE KEY", new byte[40]);
    assertLoadFails().hasMessageContainingAll("site-key.pem", "no readable EC key");
  }

  @Test
  void refusesTheKeyOfAnotherCertificate() throws Exception {
    write("site-key.pem", "PRIVATE KEY", OURS.site("south").key().getEncoded());
    assertLoadFails().hasMessageContainingAll("site-key.pem is not the key of", "site.pem");
  }

  @Test
  void refusesACertificateOutOfDateByTheGivenClock() {
    clock = Clock.offset(Clock.systemUTC(), Duration.ofDays(31));
    assertLoadFails()
        .hasMessageContainingAll("site.pem expired at", "certs issue --site NAME", "clock");
    clock = Clock.offset(Clock.systemUTC(), Duration.ofDays(-2));
    assertLoadFails().hasMessageContaining("site.pem is not valid before");
    clock = Clock.offset(Clock.systemUTC(), Duration.ofDays(101));
    assertLoadFails().hasMessageContainingAll("ca.pem expired at", "certs init");
  }

  @Test
  void refusesACoordinatorsCertificateForASite() throws Exception {
    TlsMaterial coordinator = OURS.coordinator();
    write("site.pem", "CERTIFICATE", coordinator.chain().get(0).getEncoded());
    write("site-key.pem", "PRIVATE KEY", coordinator.key().getEncoded());
    assertLoadFails()
        .hasMessageContainingAll("site.pem is a coordinator's, where a site's is needed");
  }

  @Test
  void refusesACertificateOfAnotherAuthority() throws Exception {
    write("ca.pem", "CERTIFICATE", FOREIGN.root().getEncoded());
    assertLoadFails()
        .hasMessageContainingAll("site.pem was not issued by the authority in", "ca.pem");
  }

  @Test
  void refusesARootThatIsNone() throws Exception {
    write("ca.pem", "CERTIFICATE", north.chain().get(0).getEncoded());
    assertLoadFails().hasMessageContaining("ca.pem is not a certificate authority's");
    String twice = pem("CERTIFICATE", OURS.root().getEncoded()).repeat(2);
    Files.writeString(directory.resolve("ca.pem"), twice);
    assertLoadFails().hasMessageContaining("ca.pem holds 2 certificates");
  }

  @Test
  void readsAReceiptSignersDirectory() throws Exception {
    TlsMaterial receipts =
        OURS.material(
            CertificateRole.RECEIPTS,
            TestAuthority.endEntity("receipts")
                .addExtendedKeyUsage(CertificateRole.RECEIPTS.extendedKeyUsage()));
    write("receipts.pem", "CERTIFICATE", receipts.chain().get(0).getEncoded());
    write("receipts-key.pem", "PRIVATE KEY", receipts.key().getEncoded());
    assertThat(TlsMaterial.loadReceipts(directory, clock)).isEqualTo(receipts);
    write("receipts.pem", "CERTIFICATE", north.chain().get(0).getEncoded());
    assertThatThrownBy(() -> TlsMaterial.loadReceipts(directory, clock))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("where a receipt signer's is needed");
  }

  @Test
  void readsARootAloneWhateverItsDates() throws Exception {
    Path file = directory.resolve("ca.pem");
    assertThat(TlsMaterial.loadRoot(file)).isEqualTo(OURS.root());
    write("ca.pem", "CERTIFICATE", north.chain().get(0).getEncoded());
    assertThatThrownBy(() -> TlsMaterial.loadRoot(file))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("is not a certificate authority's");
  }

  private AbstractThrowableAssert<?, ?> assertLoadFails() {
    return assertThatThrownBy(() -> TlsMaterial.loadSite(directory, clock))
        .isInstanceOf(UserErrorException.class);
  }

  private void write(String name, String type, byte[] der) throws IOException {
    Files.writeString(directory.resolve(name), pem(type, der));
  }

  private static String pem(String type, byte[] der) {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
  }
}

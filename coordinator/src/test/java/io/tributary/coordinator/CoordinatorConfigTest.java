package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoordinatorConfigTest {
  @TempDir Path directory;

  private CoordinatorConfig read(String yaml) throws IOException {
    return CoordinatorConfig.read(Files.writeString(directory.resolve("coordinator.yaml"), yaml));
  }

  @Test
  void fillsDefaultsAndResolvesPathsAgainstItsOwnDirectory() throws IOException {
    CoordinatorConfig config = read("home: state\ntls:\n  directory: ../certs\n");
    assertThat(config.home()).isEqualTo(directory.resolve("state").toString());
    assertThat(config.tls().directory()).isEqualTo(directory.resolveSibling("certs").toString());
    assertThat(config.listen()).isEqualTo(new CoordinatorConfig.Listen("0.0.0.0", 7443));
    assertThat(config.admin().port()).isEqualTo(7444);
    assertThat(config.limits().wire().idleTimeoutMillis()).isEqualTo(30_000);
  }

  @Test
  void takesThreeTlsFilesInPlaceOfADirectory() throws IOException {
    CoordinatorConfig config =
        read("home: h\ntls: {certificate: c.pem, key: /k.pem, ca: ca.pem}\n");
    assertThat(config.tls().certificate()).isEqualTo(directory.resolve("c.pem").toString());
    assertThat(config.tls().key()).isEqualTo("/k.pem");
  }

  @Test
  void refusesHalfATlsSectionAndBothForms() {
    assertThatThrownBy(() -> read("home: h\ntls: {certificate: c.pem}\n"))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("tls.directory, or tls.certificate, tls.key and tls.ca");
    assertThatThrownBy(() -> read("home: h\ntls: {directory: d, ca: ca.pem}\n"))
        .hasMessageContaining("either tls.directory");
  }

  @Test
  void suggestsTheRightKey() {
    assertThatThrownBy(() -> read("home: h\ntls: {directory: d}\nlisten: {prt: 1}\n"))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("did you mean listen.port");
  }

  @Test
  void namesAValueOutsideItsBounds() {
    assertThatThrownBy(() -> read("home: h\ntls: {directory: d}\nlisten: {port: 70000}\n"))
        .hasMessageContaining("listen.port is 70000 but must be 0 to 65535");
    assertThatThrownBy(() -> read("tls: {directory: d}\n")).hasMessageContaining("home is missing");
  }

  @Test
  void aTextThatIsNoPathIsNamedByItsKey() {
    assertThatThrownBy(() -> read("home: \"a\\0b\"\ntls: {directory: d}\n"))
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.USAGE))
        .hasMessageContaining("coordinator.yaml: home is not a path")
        .hasMessageNotContaining("\0");
    assertThatThrownBy(() -> read("home: h\ntls: {directory: \"\\0\"}\n"))
        .hasMessageContaining("coordinator.yaml: tls.directory is not a path");
  }

  @Test
  void theReceiptSignersFilesStandBesideTheCertificateUnlessStated() throws IOException {
    CoordinatorConfig beside =
        read("home: h\ntls: {certificate: a/c.pem, key: k.pem, ca: ca.pem}\n");
    assertThat(beside.tls().receiptsCertificateFile())
        .isEqualTo(directory.resolve("a/receipts.pem"));
    assertThat(beside.tls().receiptsKeyFile()).isEqualTo(directory.resolve("a/receipts-key.pem"));
    CoordinatorConfig whole = read("home: h\ntls: {directory: pki}\n");
    assertThat(whole.tls().receiptsKeyFile()).isEqualTo(directory.resolve("pki/receipts-key.pem"));
    assertThat(whole.tls().rootFile()).isEqualTo(directory.resolve("pki/ca.pem"));
    CoordinatorConfig stated =
        read(
            "home: h\ntls: {certificate: c.pem, key: k.pem, ca: ca.pem,"
                + " receipts-certificate: r.pem, receipts-key: /r-key.pem}\n");
    assertThat(stated.tls().receiptsCertificateFile()).isEqualTo(directory.resolve("r.pem"));
    assertThat(stated.tls().receiptsKeyFile()).isEqualTo(Path.of("/r-key.pem"));
    assertThatThrownBy(() -> read("home: h\ntls: {directory: d, receipts-key: r.pem}\n"))
        .hasMessageContaining("tls.receipts-certificate and tls.receipts-key go together");
  }

  @Test
  void boundsOnJobsHaveDefaultsAndLimits() throws IOException {
    CoordinatorConfig config = read("home: h\ntls: {directory: d}\n");
    assertThat(config.limits().maxRunningJobs()).isEqualTo(1);
    assertThat(config.limits().maxQueuedJobs()).isEqualTo(100);
    assertThatThrownBy(() -> read("home: h\ntls: {directory: d}\nlimits: {max-running-jobs: 9}\n"))
        .hasMessageContaining("limits.max-running-jobs is 9 but must be 1 to 8");
    assertThatThrownBy(() -> read("home: h\ntls: {directory: d}\nlimits: {max-queued-jobs: 0}\n"))
        .hasMessageContaining("limits.max-queued-jobs is 0 but must be 1");
  }

  @Test
  void spoolsAreEncryptedWithAKeyOrNotAtAll() throws IOException {
    String tls = "home: h\ntls: {directory: d}\n";
    assertThat(read(tls).spool()).isEqualTo(CoordinatorConfig.Spool.DEFAULT);
    CoordinatorConfig config = read(tls + "spool: {keep: true, encrypt: true, wrapping-key: k}\n");
    assertThat(config.spool())
        .isEqualTo(new CoordinatorConfig.Spool(true, true, directory.resolve("k").toString()));
    assertThat(read(tls).withKeptSpools().spool().keep()).isTrue();
    assertThatThrownBy(() -> read(tls + "spool: {encrypt: true}\n"))
        .hasMessageContaining("spool.wrapping-key is missing")
        .hasMessageContaining("new-wrapping-key --out FILE");
    assertThatThrownBy(() -> read(tls + "spool: {wrapping-key: k}\n"))
        .hasMessageContaining("spool.encrypt is not true");
  }
}

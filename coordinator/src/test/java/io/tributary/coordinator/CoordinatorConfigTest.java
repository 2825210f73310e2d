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
}

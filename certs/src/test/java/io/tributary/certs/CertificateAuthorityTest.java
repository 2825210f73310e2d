package io.tributary.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.PemFiles;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
  private static final SiteName NORTH = new SiteName("north");
  private static final Clock CLOCK = Clock.systemUTC();

  @TempDir Path temporary;

  private Path directory() {
    return temporary.resolve("authority");
  }

  private CertificateAuthority authority() {
    return new CertificateAuthority(directory(), CLOCK, Validity.DEFAULT);
  }

  @Test
  void laysOutEveryFileWithKeysForTheOwnerOnly() throws IOException {
    assertThat(authority().init(HostNames.LOCAL, false)).hasSize(6).allMatch(Files::exists);
    assertThat(authority().issueSite(NORTH, false)).hasSize(3).allMatch(Files::exists);
    assertThat(contents().keySet())
        .containsExactly(
            "ca-key.pem",
            "ca.pem",
            "coordinator-key.pem",
            "coordinator.pem",
            "receipts-key.pem",
            "receipts.pem",
            "sites/north/ca.pem",
            "sites/north/site-key.pem",
            "sites/north/site.pem");
    for (String file : contents().keySet()) {
      if (file.endsWith("-key.pem")) {
        assertThat(permissions(directory().resolve(file))).as(file).isEqualTo("rw-------");
      }
    }
    for (String made : new String[] {"", "sites", "sites/north"}) {
      assertThat(permissions(directory().resolve(made))).as(made).isEqualTo("rwx------");
    }
  }

  @Test
  void whatItWritesIsReadByThoseWhoUseIt() {
    authority().init(HostNames.LOCAL, false);
    authority().issueSite(NORTH, false);
    // Loading checks dates, role, issuer and that the key is the certificate's.
    TlsMaterial coordinator = TlsMaterial.loadCoordinator(directory(), CLOCK);
    TlsMaterial site = TlsMaterial.loadSite(authority().siteDirectory(NORTH), CLOCK);
    assertThat(site.root()).isEqualTo(coordinator.root());
    TlsMaterial receipts =
        TlsMaterial.load(
            CertificateRole.RECEIPTS,
            directory().resolve("receipts.pem"),
            directory().resolve("receipts-key.pem"),
            directory().resolve("ca.pem"),
            CLOCK);
    assertThat(receipts.key().getAlgorithm()).isIn("EdDSA", "Ed25519");
    PrivateKey rootKey = PemFiles.privateKey(directory().resolve("ca-key.pem"), "EC");
    assertThat(Stream.of(coordinator, site).map(TlsMaterial::key)).doesNotContain(rootKey);
  }

  @Test
  void handsASiteItsFilesInAnyDirectory() throws IOException {
    authority().init(HostNames.LOCAL, false);
    Path out = temporary.resolve("for-north");
    authority().issueSite(NORTH, out, false);
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("ca.pem", "site.pem", "site-key.pem");
    }
    assertThat(TlsMaterial.loadSite(out, CLOCK).chain()).hasSize(1);
  }

  @Test
  void refusesToOverwriteAnyFileAndThenChangesNone() throws IOException {
    for (String existing : new String[] {"ca.pem", "receipts.pem", "coordinator-key.pem"}) {
      Files.createDirectories(directory());
      Files.writeString(directory().resolve(existing), "precious");
      assertRefused(() -> authority().init(HostNames.LOCAL, false))
          .contains("would overwrite", existing, "--force");
      assertThat(contents()).isEqualTo(Map.of(existing, "precious"));
      Files.delete(directory().resolve(existing));
    }
  }

  @Test
  void refusesToReissueASiteAndThenChangesNothing() throws IOException {
    authority().init(HostNames.LOCAL, false);
    authority().issueSite(NORTH, false);
    Files.delete(authority().siteDirectory(NORTH).resolve("site-key.pem"));
    Map<String, String> before = contents();
    assertRefused(() -> authority().issueSite(NORTH, false))
        .contains("would overwrite", "site.pem", "ca.pem", "--force")
        .doesNotContain("site-key.pem");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void replacesEverythingByForce() throws IOException {
    authority().init(HostNames.LOCAL, false);
    authority().issueSite(NORTH, false);
    Map<String, String> before = contents();
    authority().init(HostNames.LOCAL, true);
    Path north = authority().siteDirectory(NORTH);
    TlsMaterial.loadCoordinator(directory(), CLOCK);
    assertThatThrownBy(
            () ->
                TlsMaterial.load(
                    CertificateRole.SITE,
                    north.resolve("site.pem"),
                    north.resolve("site-key.pem"),
                    directory().resolve("ca.pem"),
                    CLOCK))
        .hasMessageContaining("was not issued by the authority in");
    authority().issueSite(NORTH, true);
    TlsMaterial.loadSite(north, CLOCK);
    assertThat(contents()).hasSameSizeAs(before).doesNotContainValue(before.get("ca.pem"));
  }

  @Test
  void forceNeverFollowsALinkOrReplacesADirectory() throws IOException {
    Files.createDirectories(directory());
    Path elsewhere = Files.writeString(temporary.resolve("elsewhere"), "precious");
    Files.createSymbolicLink(directory().resolve("ca.pem"), elsewhere);
    assertRefused(() -> authority().init(HostNames.LOCAL, true)).contains("not a regular file");
    assertThat(elsewhere).hasContent("precious");
  }

  @Test
  void issuesNothingWithoutAWorkingRoot() throws IOException {
    assertFailed(() -> authority().issueSite(NORTH, false))
        .contains("ca.pem is missing", "certs init");
    authority().init(HostNames.LOCAL, false);
    Clock later = Clock.offset(CLOCK, Duration.ofDays(3651));
    assertFailed(
            () ->
                new CertificateAuthority(directory(), later, Validity.DEFAULT)
                    .issueSite(NORTH, false))
        .contains("ca.pem expired at");
    Files.copy(
        directory().resolve("coordinator-key.pem"),
        directory().resolve("ca-key.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    assertFailed(() -> authority().issueSite(NORTH, false))
        .contains("ca-key.pem is not the key of");
    assertThat(authority().siteDirectory(NORTH)).doesNotExist();
  }

  @Test
  void refusesToMixASitesFilesWithTheAuthoritys() {
    authority().init(HostNames.LOCAL, false);
    Path same = directory().resolve("sites/..");
    assertRefused(() -> authority().issueSite(NORTH, same, true))
        .contains("the authority's own directory");
  }

  @Test
  void refusesToMixThemBehindALinkToo() throws Exception {
    authority().init(HostNames.LOCAL, false);
    Path link = directory().resolveSibling("link-to-" + directory().getFileName());
    Files.createSymbolicLink(link, directory());
    assertRefused(() -> authority().issueSite(NORTH, link, true))
        .contains("the authority's own directory");
  }

  @Test
  void saysWhenADirectoryCannotBeWritten() throws IOException {
    Files.writeString(directory(), "a file");
    assertFailed(() -> authority().init(HostNames.LOCAL, false))
        .contains("certificates cannot be written");
    assertThat(directory()).hasContent("a file");
  }

  private static AbstractStringAssert<?> assertRefused(ThrowingCallable call) {
    return assertUserError(Kind.REFUSED, call);
  }

  private static AbstractStringAssert<?> assertFailed(ThrowingCallable call) {
    return assertUserError(Kind.FAILED, call);
  }

  private static AbstractStringAssert<?> assertUserError(Kind kind, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .asInstanceOf(InstanceOfAssertFactories.type(UserErrorException.class))
        .returns(kind, UserErrorException::kind)
        .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING);
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(directory().relativize(file).toString(), Files.readString(file));
      }
    }
    return contents;
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}

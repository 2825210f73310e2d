package io.tributary.common.notary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.v1.SignedStatement;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class Ed25519NotaryTest {
  private static final SigningAuthority AUTHORITY = new SigningAuthority();

  @Test
  void signingAgainGivesTheSameBytes() {
    Notary notary = AUTHORITY.notary();
    assertThat(notary.sign(Statements.receipt())).isEqualTo(notary.sign(Statements.receipt()));
    assertThat(notary.sign(Statements.first())).isEqualTo(notary.sign(Statements.first()));
  }

  /** The oracle is the Java platform's own code. */
  @Test
  void signsWhatThePlatformWouldSign() throws GeneralSecurityException {
    TlsMaterial material = AUTHORITY.receipts(UnaryOperator.identity());
    SignedStatement signed = new Ed25519Notary(material).sign(Statements.receipt());
    Signature platform = Signature.getInstance("Ed25519");
    platform.initSign(material.key());
    platform.update("tributary receipt v1\0".getBytes(StandardCharsets.UTF_8));
    platform.update(signed.getBody().toByteArray());
    assertThat(signed.getSignature().toByteArray()).isEqualTo(platform.sign());
  }

  @Test
  void nothingIsSignedThatNobodyCouldVerify() {
    Notary notary = AUTHORITY.notary();
    assertThatThrownBy(
            () ->
                notary.sign(Statements.receiptAt(SigningAuthority.TO.plus(Duration.ofSeconds(1)))))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("certificate expired at 2027-01-01T00:00:00Z")
        .hasMessageContaining("Nothing is lost");
    assertThatThrownBy(
            () ->
                notary.sign(
                    Statements.receiptAt(SigningAuthority.FROM.minus(Duration.ofSeconds(1)))))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("not valid before");
  }

  @Test
  void onlyAReceiptSignersOwnEd25519KeyIsTaken() {
    TlsMaterial good = AUTHORITY.receipts(UnaryOperator.identity());
    TlsMaterial asCoordinator =
        new TlsMaterial(CertificateRole.COORDINATOR, good.root(), good.chain(), good.key());
    TlsMaterial withIntermediate =
        new TlsMaterial(
            CertificateRole.RECEIPTS,
            good.root(),
            List.of(good.chain().get(0), good.root()),
            good.key());
    assertThatThrownBy(() -> new Ed25519Notary(asCoordinator))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("receipt signer's");
    assertThatThrownBy(() -> new Ed25519Notary(withIntermediate))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("the root itself issued");
    assertThatThrownBy(() -> new Ed25519Notary(AUTHORITY.receipts(CertificateBuilder::ecp256)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("is of EC but must be of Ed25519");
  }
}

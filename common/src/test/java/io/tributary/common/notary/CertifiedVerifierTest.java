package io.tributary.common.notary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.netty.pkitesting.CertificateBuilder;
import io.tributary.common.tls.CertificateRole;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.v1.ReceiptBody;
import io.tributary.common.wire.v1.SignedStatement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class CertifiedVerifierTest {
  private static final SigningAuthority AUTHORITY = new SigningAuthority();
  private static final Notary NOTARY = AUTHORITY.notary();
  private static final StatementVerifier VERIFIER = AUTHORITY.verifier();
  private static final SignedStatement RECEIPT = NOTARY.sign(Statements.receipt());
  private static final SignedStatement ENTRY = NOTARY.sign(Statements.first());

  private static void refused(ThrowingCallable reading, String reason) {
    assertThatThrownBy(reading).isInstanceOf(StatementException.class).hasMessageContaining(reason);
  }

  /** Signed by a key whose certificate should not be believed. */
  private static SignedStatement signedWith(TlsMaterial material) {
    return new Ed25519Notary(material).sign(Statements.receipt());
  }

  @Test
  void believesWhatTheFederationsSignerSigned() throws StatementException {
    assertThat(VERIFIER.receipt(RECEIPT)).isEqualTo(Statements.receipt());
    assertThat(VERIFIER.entry(ENTRY)).isEqualTo(Statements.first());
  }

  @Test
  void anyTurnedBitIsFound() {
    for (int position = 0; position < Statements.size(RECEIPT); position++) {
      for (int bit = 0; bit < 8; bit++) {
        SignedStatement turned = Statements.turned(RECEIPT, position, bit);
        assertThatExceptionOfType(StatementException.class)
            .as("bit %d of byte %d", bit, position)
            .isThrownBy(() -> VERIFIER.receipt(turned));
      }
    }
  }

  @Test
  void aStatementOfOneKindNeverStandsForAnother() {
    refused(() -> VERIFIER.entry(RECEIPT), "of another kind");
    refused(() -> VERIFIER.receipt(ENTRY), "of another kind");
  }

  @Test
  void anotherFederationsStatementIsNamedAsSuch() {
    SignedStatement foreign = new SigningAuthority().notary().sign(Statements.receipt());
    refused(() -> VERIFIER.receipt(foreign), "issued by another authority than the one in ca.pem");
  }

  /** A site's or a coordinator's key, stolen, must not make receipts. */
  @Test
  void aCertificateOfAnotherRoleSignsNothing() {
    for (CertificateRole role : List.of(CertificateRole.SITE, CertificateRole.COORDINATOR)) {
      TlsMaterial material = AUTHORITY.material(UnaryOperator.identity(), role.extendedKeyUsage());
      refused(
          () -> VERIFIER.receipt(signedWith(material)),
          "is a " + role.title() + "'s, where a receipt signer's is needed");
    }
  }

  @Test
  void anAuthoritysCertificateSignsNothing() {
    TlsMaterial material = AUTHORITY.receipts(builder -> builder.setIsCertificateAuthority(true));
    refused(() -> VERIFIER.receipt(signedWith(material)), "authority's");
  }

  @Test
  void theCertificateIsJudgedAtTheStatementsOwnTime() throws StatementException {
    TlsMaterial longExpired =
        AUTHORITY.receipts(
            builder ->
                builder
                    .notBefore(Statements.TIME.minus(Duration.ofHours(1)))
                    .notAfter(Statements.TIME.plus(Duration.ofHours(1))));
    assertThat(VERIFIER.receipt(signedWith(longExpired))).isEqualTo(Statements.receipt());
    for (UnaryOperator<CertificateBuilder> outOfDate :
        List.<UnaryOperator<CertificateBuilder>>of(
            builder -> builder.notAfter(Statements.TIME.minus(Duration.ofHours(1))),
            builder -> builder.notBefore(Statements.TIME.plus(Duration.ofHours(1))))) {
      TlsMaterial material = AUTHORITY.receipts(outOfDate);
      SignedStatement statement = SignedAnyway.receipt(material, Statements.receipt());
      refused(() -> VERIFIER.receipt(statement), "the statement is of 2026-07-01T12:00:00.123Z");
    }
  }

  @Test
  void aKeyOfAnotherAlgorithmIsNamed() {
    TlsMaterial material = AUTHORITY.receipts(CertificateBuilder::ecp256);
    SignedStatement statement =
        RECEIPT.toBuilder().setCertificate(ByteString.copyFrom(SignedAnyway.der(material))).build();
    refused(() -> VERIFIER.receipt(statement), "has no Ed25519 key");
  }

  @Test
  void anotherReceiptSignersCertificateDoesNotFitTheSignature() {
    TlsMaterial other = AUTHORITY.receipts(UnaryOperator.identity());
    SignedStatement statement =
        RECEIPT.toBuilder().setCertificate(ByteString.copyFrom(SignedAnyway.der(other))).build();
    refused(() -> VERIFIER.receipt(statement), "signature does not hold");
  }

  @Test
  void everyBoundIsChecked() {
    refused(() -> VERIFIER.receipt(SignedStatement.getDefaultInstance()), "has 0 bytes, not 64");
    refused(
        () -> VERIFIER.receipt(RECEIPT.toBuilder().clearBody().build()), "the body has 0 bytes");
    refused(
        () -> VERIFIER.receipt(RECEIPT.toBuilder().clearCertificate().build()),
        "certificate has 0 bytes");
    ByteString certificate = RECEIPT.getCertificate();
    refused(
        () ->
            VERIFIER.receipt(
                RECEIPT.toBuilder().setCertificate(certificate.concat(certificate)).build()),
        "followed by other bytes");
    refused(
        () ->
            VERIFIER.receipt(
                RECEIPT.toBuilder()
                    .setCertificate(ByteString.copyFrom(new byte[8 * 1024 + 1]))
                    .build()),
        "8193 bytes, not 1 to 8192");
    refused(
        () ->
            VERIFIER.entry(
                ENTRY.toBuilder()
                    .setBody(ByteString.copyFrom(new byte[StatementBodies.MAX_BODY_BYTES + 1]))
                    .build()),
        "983041");
  }

  /** A newer coordinator's statement is told from a forged one. */
  @Test
  void aSignedNewerFormatSaysToUseANewerVersion() throws Exception {
    ByteString newer =
        ReceiptBody.parseFrom(RECEIPT.getBody()).toBuilder().setFormat(2).build().toByteString();
    SignedStatement statement =
        SignedAnyway.body(
            AUTHORITY.receipts(UnaryOperator.identity()), Ed25519Notary.RECEIPT_DOMAIN, newer);
    refused(() -> VERIFIER.receipt(statement), "use a newer version of Tributary");
  }

  @Property
  void arbitraryPartsAreRefusedInWords(
      @ForAll @Size(max = 300) byte[] body,
      @ForAll @IntRange(min = 0, max = 1) int exactSignature,
      @ForAll @Size(max = 80) byte[] signature,
      @ForAll @Size(max = 300) byte[] certificate,
      @ForAll boolean realCertificate) {
    SignedStatement statement =
        SignedStatement.newBuilder()
            .setBody(ByteString.copyFrom(body))
            .setSignature(
                ByteString.copyFrom(exactSignature == 1 ? Arrays.copyOf(signature, 64) : signature))
            .setCertificate(
                realCertificate ? RECEIPT.getCertificate() : ByteString.copyFrom(certificate))
            .build();
    refused(() -> VERIFIER.receipt(statement), "");
    refused(() -> VERIFIER.entry(statement), "");
  }
}

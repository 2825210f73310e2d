package io.tributary.common.notary;

import com.google.protobuf.ByteString;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.v1.SignedStatement;
import java.security.GeneralSecurityException;
import java.security.Signature;

/** Signs what the real notary would not: for statements that must not be believed. */
final class SignedAnyway {
  private SignedAnyway() {}

  static SignedStatement receipt(TlsMaterial material, Receipt receipt) {
    return body(material, Ed25519Notary.RECEIPT_DOMAIN, StatementBodies.encode(receipt));
  }

  static SignedStatement body(TlsMaterial material, ByteString domain, ByteString body) {
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(material.key());
      signature.update(domain.concat(body).toByteArray());
      return SignedStatement.newBuilder()
          .setBody(body)
          .setSignature(ByteString.copyFrom(signature.sign()))
          .setCertificate(ByteString.copyFrom(der(material)))
          .build();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] der(TlsMaterial material) {
    try {
      return material.chain().get(0).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}

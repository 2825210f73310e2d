package io.tributary.simulation.faults;

import com.google.protobuf.ByteString;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.SignedStatement;
import java.nio.charset.StandardCharsets;

/**
 * Signs and verifies with a digest instead of Ed25519, which would take most of a schedule's time:
 * real statement bodies, and whatever was altered is still found out.
 */
final class FakeNotary implements Notary, StatementVerifier {
  private static final ByteString RECEIPT = ascii("fake receipt key");
  private static final ByteString ENTRY = ascii("fake entry key");

  private static ByteString ascii(String text) {
    return ByteString.copyFrom(text, StandardCharsets.US_ASCII);
  }

  private static ByteString signature(ByteString key, ByteString body) {
    return ByteString.copyFrom(Digest.sha256(key.concat(body).toByteArray()).bytes());
  }

  private static SignedStatement signed(ByteString key, ByteString body) {
    return SignedStatement.newBuilder().setBody(body).setSignature(signature(key, body)).build();
  }

  private static ByteString verified(ByteString key, SignedStatement statement)
      throws StatementException {
    if (!signature(key, statement.getBody()).equals(statement.getSignature())) {
      throw new StatementException("the statement was not signed by this coordinator");
    }
    return statement.getBody();
  }

  @Override
  public SignedStatement sign(Receipt receipt) {
    return signed(RECEIPT, StatementBodies.encode(receipt));
  }

  @Override
  public SignedStatement sign(LogEntry entry) {
    return signed(ENTRY, StatementBodies.encode(entry));
  }

  @Override
  public Receipt receipt(SignedStatement statement) throws StatementException {
    return StatementBodies.receipt(verified(RECEIPT, statement));
  }

  @Override
  public LogEntry entry(SignedStatement statement) throws StatementException {
    return StatementBodies.entry(verified(ENTRY, statement));
  }
}

package io.tributary.coordinator.job;

import com.google.protobuf.ByteString;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.wire.v1.SignedStatement;

/** Signs nothing, but never the same way twice: a receipt that is made anew is noticed. */
final class CountingNotary implements Notary {
  private long signatures;

  @Override
  public SignedStatement sign(Receipt receipt) {
    return statement(StatementBodies.encode(receipt));
  }

  @Override
  public SignedStatement sign(LogEntry entry) {
    return statement(StatementBodies.encode(entry));
  }

  private SignedStatement statement(ByteString body) {
    return SignedStatement.newBuilder()
        .setBody(body)
        .setSignature(ByteString.copyFromUtf8("signature " + signatures++))
        .build();
  }
}

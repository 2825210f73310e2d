package io.tributary.common.notary;

import io.tributary.common.wire.v1.SignedStatement;

/** Checks what a {@link Notary} signed, to the federation's root. Fails closed. */
public interface StatementVerifier {
  /**
   * Returns the receipt.
   *
   * @throws StatementException when signature, certificate or content is not valid
   */
  Receipt receipt(SignedStatement statement) throws StatementException;

  /**
   * Returns the log entry.
   *
   * @throws StatementException when signature, certificate or content is not valid
   */
  LogEntry entry(SignedStatement statement) throws StatementException;
}

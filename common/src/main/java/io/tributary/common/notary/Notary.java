package io.tributary.common.notary;

import io.tributary.common.wire.v1.SignedStatement;

/** Signs what the coordinator will be held to. Safe for use by several threads. */
public interface Notary {
  /** Signs a receipt. */
  SignedStatement sign(Receipt receipt);

  /** Signs an entry of the transparency log. */
  SignedStatement sign(LogEntry entry);
}

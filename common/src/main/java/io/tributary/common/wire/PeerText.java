package io.tributary.common.wire;

import io.tributary.common.wire.v1.RefusalCode;

/** Makes text that a peer chose safe to stand in one line of a log or a terminal. */
final class PeerText {
  private static final int MAX_CHARACTERS = 300;

  private PeerText() {}

  /** Returns for example {@code LIMIT_EXCEEDED: control frame announces ...}. */
  static String refusal(RefusalCode code, String reason) {
    return code.name().replace("REFUSAL_CODE_", "") + ": " + oneLine(reason);
  }

  static String oneLine(String text) {
    String head = text.length() > MAX_CHARACTERS ? text.substring(0, MAX_CHARACTERS) + "…" : text;
    return head.replaceAll("[\\p{Cc}\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]", "?");
  }
}

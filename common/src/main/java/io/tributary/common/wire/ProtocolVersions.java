package io.tributary.common.wire;

import io.tributary.common.wire.v1.RefusalCode;
import java.util.List;
import java.util.Optional;

/** The protocol versions that this software speaks, and how two peers agree on one. */
final class ProtocolVersions {
  /** The newest version; ALPN {@code tributary/1} names the frame format, this the messages. */
  static final int LATEST = 1;

  /** All versions that can be spoken, newest first. */
  static final List<Integer> SPOKEN = List.of(LATEST);

  /** A hello with more versions than this is no hello of ours: its list is not worth a log line. */
  private static final int MAX_LISTED = 16;

  private ProtocolVersions() {}

  /**
   * Chooses the newest version that both sides speak.
   *
   * @throws ProtocolException with both lists when there is none
   */
  static int agree(List<Integer> offered) {
    Optional<Integer> common = SPOKEN.stream().filter(offered::contains).findFirst();
    return common.orElseThrow(
        () ->
            new ProtocolException(
                RefusalCode.REFUSAL_CODE_INCOMPATIBLE_VERSION,
                "the coordinator speaks protocol versions %s, the site offers %s: upgrade the older side"
                    .formatted(SPOKEN, offered.stream().limit(MAX_LISTED).toList())));
  }
}

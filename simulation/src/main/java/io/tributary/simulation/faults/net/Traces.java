package io.tributary.simulation.faults.net;

import com.google.protobuf.TextFormat;
import io.tributary.common.wire.v1.Envelope;

/** Messages in one short line, for people who read a trace. */
final class Traces {
  private static final int MAX_CHARACTERS = 160;

  private Traces() {}

  static String line(Envelope message) {
    String text = TextFormat.printer().emittingSingleLine(true).printToString(message);
    return text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS) + "…";
  }
}

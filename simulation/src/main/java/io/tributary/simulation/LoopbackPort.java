package io.tributary.simulation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** A free loopback port for a coordinator that sites must find again after any restart. */
public final class LoopbackPort {
  private LoopbackPort() {}

  /** A port that is free now; nothing keeps others from taking it before it is used. */
  public static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

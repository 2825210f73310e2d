package io.tributary.transformer.network;

import java.io.IOException;
import java.util.List;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The description of a network, from which each task builds it anew. The bytes are asked for when
 * they are needed, because a file may have changed by then and its owner wants to check.
 */
public final class NetworkProgram {
  /** Gives the bytes of the description, checked. */
  @FunctionalInterface
  public interface Source {
    /** Reads them. */
    byte[] bytes() throws IOException;
  }

  private final NetworkKind kind;
  private final Source source;

  /** A network that a file describes, chosen by whoever owns the disk. */
  public NetworkProgram(NetworkKind kind, Source source) {
    this.kind = kind;
    this.source = source;
  }

  Network open() {
    byte[] bytes;
    try {
      bytes = source.bytes();
    } catch (IOException e) {
      throw new IllegalArgumentException("the network's file cannot be read", e);
    }
    return kind.open(bytes);
  }

  /**
   * The network's parameters in its own order, first values from its own initialization.
   *
   * @throws IllegalArgumentException if the description is none
   */
  public List<NetworkTensor> tensors(long seed) {
    Nd4j.getRandom().setSeed(seed);
    try (Network network = open()) {
      return network.parameters().entrySet().stream()
          .map(entry -> NetworkTensor.of(entry.getKey(), entry.getValue()))
          .toList();
    }
  }
}

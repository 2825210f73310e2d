package io.tributary.simulation.swarm;

import io.tributary.common.wire.Manifest;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/**
 * The manifests of every update that a swarm will send, made before its coordinator is started:
 * hashing is the senders' business and must not take the receiver's processor while it is measured.
 */
final class Manifests {
  private final int rounds;
  private final AtomicReferenceArray<Manifest> all; // client · rounds + round − 1

  private Manifests(int clients, int rounds) {
    this.rounds = rounds;
    this.all = new AtomicReferenceArray<>(clients * rounds);
  }

  /** Hashes them all, on every processor. */
  static Manifests of(Deltas deltas, int clients, int rounds) {
    Manifests made = new Manifests(clients, rounds);
    IntStream.range(0, clients * rounds)
        .parallel()
        .forEach(at -> made.all.set(at, deltas.manifest(at / rounds, at % rounds + 1)));
    return made;
  }

  /** The manifest of a client's update. */
  Manifest of(int client, int round) {
    if (round < 1 || round > rounds) {
      throw new IllegalArgumentException(
          "round is " + round + " but the swarm was made for 1 to " + rounds);
    }
    return all.get(client * rounds + round - 1);
  }
}

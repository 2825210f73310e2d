package io.tributary.simulation.faults.net;

import io.tributary.simulation.faults.EventQueue;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The line between one site and the coordinator: how slow it is, and which way it is cut. The
 * connections over it, one after the other and at times two at once, feel it together.
 */
public final class FakeLink {
  /** Which way. */
  public enum Way {
    /** From the site to the coordinator. */
    UP,
    /** From the coordinator to the site. */
    DOWN;

    Way back() {
      return this == UP ? DOWN : UP;
    }
  }

  private final EventQueue events;
  private final long idleTimeoutMillis;
  private final Map<Way, Long> blockedSinceMillis = new EnumMap<>(Way.class);
  final List<FakeWire> wires = new ArrayList<>();
  private int minLatencyMillis;
  private int maxLatencyMillis;
  private int bytesPerMilli;

  FakeLink(EventQueue events, long idleTimeoutMillis) {
    this.events = events;
    this.idleTimeoutMillis = idleTimeoutMillis;
    fast();
  }

  /** Makes it as fast as a line in one country. */
  public final void fast() {
    speed(1, 5, 100_000);
  }

  /**
   * Sets its speed.
   *
   * @param bandwidth in bytes a millisecond
   */
  public final void speed(int minLatency, int maxLatency, int bandwidth) {
    minLatencyMillis = minLatency;
    maxLatencyMillis = maxLatency;
    bytesPerMilli = bandwidth;
  }

  /**
   * Blocks one way: what is sent waits, and is lost if the connection does not outlive the block.
   */
  public void block(Way way) {
    if (isBlocked(way)) {
      return;
    }
    Long since = events.nowMillis();
    blockedSinceMillis.put(way, since);
    // Whoever hears nothing, no heartbeat either, gives the connection up.
    long jitter = events.random().nextLong(idleTimeoutMillis / 4);
    events.after(
        idleTimeoutMillis + jitter,
        () -> {
          if (since.equals(blockedSinceMillis.get(way))) {
            List.copyOf(wires).forEach(wire -> wire.silent(way));
          }
        });
  }

  /** Opens both ways again. */
  public void heal() {
    for (Way way : Way.values()) {
      if (blockedSinceMillis.remove(way) != null) {
        List.copyOf(wires)
            .forEach(wire -> events.after(latencyMillis(), () -> wire.arrive(way, 0)));
      }
    }
  }

  /** Cuts every connection; what is on its way is lost, maybe in the middle of a chunk. */
  public void cut() {
    List.copyOf(wires).forEach(FakeWire::cut);
  }

  /** Whether nothing gets through this way. */
  public boolean isBlocked(Way way) {
    return blockedSinceMillis.containsKey(way);
  }

  /** Whether a connection can be made. */
  public boolean isOpen() {
    return !isBlocked(Way.UP) && !isBlocked(Way.DOWN);
  }

  long idleTimeoutMillis() {
    return idleTimeoutMillis;
  }

  long latencyMillis() {
    return events.random().nextLong(minLatencyMillis, maxLatencyMillis + 1L);
  }

  long transmissionMillis(int bytes) {
    return bytes / bytesPerMilli;
  }
}

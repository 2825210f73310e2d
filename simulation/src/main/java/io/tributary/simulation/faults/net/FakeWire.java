package io.tributary.simulation.faults.net;

import io.tributary.simulation.faults.EventQueue;
import io.tributary.simulation.faults.net.FakeLink.Way;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One connection: two ends and what is on its way between them, in order, as over TCP. Either end
 * may be gone long before the other knows.
 *
 * <pre>
 *   site end ── UP ──► frames ──► coordinator end
 *            ◄─ DOWN ── frames ──
 * </pre>
 */
final class FakeWire {
  /** One direction. */
  private static final class Line {
    final Deque<Frame> frames = new ArrayDeque<>();
    int due; // how many of them have come to the receiver's door
    long freeAtMillis;
    long lastArrivalMillis;
    boolean dead; // nothing that is sent from now on arrives
  }

  private final EventQueue events;
  final FakeLink link;
  private final Line up = new Line();
  private final Line down = new Line();
  private FakeEnd site;
  private FakeEnd coordinator;

  FakeWire(EventQueue events, FakeLink link) {
    this.events = events;
    this.link = link;
    link.wires.add(this);
  }

  void connect(FakeEnd siteEnd, FakeEnd coordinatorEnd) {
    site = siteEnd;
    coordinator = coordinatorEnd;
  }

  private Line line(Way way) {
    return way == Way.UP ? up : down;
  }

  private FakeEnd sender(Way way) {
    return way == Way.UP ? site : coordinator;
  }

  private FakeEnd receiver(Way way) {
    return way == Way.UP ? coordinator : site;
  }

  void send(Way way, Frame frame) {
    Line line = line(way);
    if (line.dead) {
      return;
    }
    long leaves =
        Math.max(events.nowMillis(), line.freeAtMillis) + link.transmissionMillis(frame.bytes());
    line.freeAtMillis = leaves;
    line.lastArrivalMillis = Math.max(line.lastArrivalMillis, leaves + link.latencyMillis());
    line.frames.add(frame);
    events.at(line.lastArrivalMillis, () -> arrive(way, 1));
  }

  /** So many more frames are at the receiver's door; it gets what the link lets through. */
  void arrive(Way way, int more) {
    Line line = line(way);
    line.due += more;
    while (!link.isBlocked(way) && line.due > 0 && !line.frames.isEmpty()) {
      line.due--;
      receiver(way).arrived(line.frames.remove());
    }
    if (line.frames.isEmpty()) {
      line.due = 0;
    }
  }

  /** The receiver took a frame of this way: the sender may send on. */
  void consumed(Way way) {
    events.after(link.latencyMillis(), () -> sender(way).taken());
  }

  /** Nothing came this way for the idle timeout. */
  void silent(Way way) {
    receiver(way).lost("nothing was received for the idle timeout");
  }

  /** The connection breaks; each end hears of it in its own time. */
  void cut() {
    for (Way way : Way.values()) {
      Line line = line(way);
      line.dead = true;
      line.frames.clear();
      line.due = 0;
      FakeEnd end = receiver(way);
      events.after(noticeMillis(), () -> end.lost("the connection was reset"));
    }
  }

  /** Soon, mostly; or by silence only. */
  private long noticeMillis() {
    return events.random().nextInt(4) == 0
        ? events.random().nextLong(link.idleTimeoutMillis())
        : link.latencyMillis();
  }

  /**
   * An end's process is gone.
   *
   * @param quietly with its machine: nobody tells the other end
   */
  void ended(Way from, boolean quietly) {
    Line line = line(from);
    line.dead = true;
    FakeEnd other = receiver(from);
    if (quietly || link.isBlocked(from)) {
      events.after(
          1 + events.random().nextLong(link.idleTimeoutMillis()),
          () -> other.lost("nothing was received for the idle timeout"));
      return;
    }
    if (events.random().nextBoolean()) {
      line.frames.clear(); // a reset overtakes what the kernel had not sent
      line.due = 0;
    }
    events.at(
        Math.max(line.lastArrivalMillis, events.nowMillis() + link.latencyMillis()),
        () -> other.lost("the peer closed the connection"));
  }

  /** One end is closed for good; the other, if it does not know yet, will. */
  void closed(Way from) {
    line(from).dead = true;
    line(from.back()).dead = true;
    FakeEnd other = receiver(from);
    if (other.isGone()) {
      link.wires.remove(this);
      return;
    }
    long notice =
        link.isBlocked(from)
            ? link.idleTimeoutMillis()
            : Math.max(0, line(from).lastArrivalMillis - events.nowMillis()) + noticeMillis();
    events.after(notice, () -> other.lost("the peer closed the connection"));
  }
}

package io.tributary.simulation.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bad network on loopback: a site that dials this port reaches the coordinator's, over a link
 * that is cut in the middle of whatever is under way, or that trickles. It sees only ciphertext, so
 * it cuts where a real network would: anywhere.
 *
 * <p>Benchmarks and end-to-end tests put it between real processes. At most {@link #MAX_LINKS}
 * links at a time; each holds two threads and two buffers.
 */
public final class FaultyLink implements AutoCloseable {
  /** Most links at a time; one more is not accepted. */
  public static final int MAX_LINKS = 64;

  private static final Logger LOG = LoggerFactory.getLogger(FaultyLink.class);
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int BACKLOG_LINKS = 16;
  private static final long TICK_MILLIS = 10;

  private final ServerSocket listening;
  private final int coordinatorPort;
  private final AtomicLong upBytes = new AtomicLong();
  private final AtomicLong downBytes = new AtomicLong();
  private final AtomicInteger cuts = new AtomicInteger();
  private final Deque<Long> cutsAtUpBytes = new ArrayDeque<>(); // guarded by itself, ascending
  private final Set<Link> links = new HashSet<>(); // guarded by itself
  private volatile long bytesPerSecond = Long.MAX_VALUE;
  private volatile boolean closed;

  private FaultyLink(ServerSocket listening, int coordinatorPort) {
    this.listening = listening;
    this.coordinatorPort = coordinatorPort;
  }

  /** Listens on a free loopback port. */
  public static FaultyLink to(int coordinatorPort) throws IOException {
    FaultyLink link =
        new FaultyLink(
            new ServerSocket(0, BACKLOG_LINKS, InetAddress.getLoopbackAddress()), coordinatorPort);
    daemon("faulty-link", link::accept);
    return link;
  }

  /** Where sites dial. */
  public int port() {
    return listening.getLocalPort();
  }

  /**
   * Cuts the link that carries it when so many bytes have gone up, counted over all links.
   *
   * @param positions ascending, in bytes since the start
   */
  public void cutAt(List<Long> positions) {
    synchronized (cutsAtUpBytes) {
      cutsAtUpBytes.addAll(positions);
    }
  }

  /** Cuts every link that is open now. */
  public void cutNow() {
    List<Link> open;
    synchronized (links) {
      open = List.copyOf(links);
    }
    open.forEach(Link::cut);
  }

  /** Lets at most so many bytes pass a second, in each direction of each link. */
  public void trickle(long limitBytesPerSecond) {
    if (limitBytesPerSecond < 1) {
      throw new IllegalArgumentException(
          "limit is " + limitBytesPerSecond + " bytes per second but must be at least 1");
    }
    bytesPerSecond = limitBytesPerSecond;
  }

  /** Lets everything pass again. */
  public void flow() {
    bytesPerSecond = Long.MAX_VALUE;
  }

  /** Bytes that went from sites to the coordinator. */
  public long upBytes() {
    return upBytes.get();
  }

  /** Bytes that went from the coordinator to sites. */
  public long downBytes() {
    return downBytes.get();
  }

  /** Links cut so far. */
  public int cuts() {
    return cuts.get();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket site = listening.accept();
        open(site);
      } catch (IOException e) {
        if (!closed) {
          LOG.warn("the faulty link takes no more connections: {}", e.toString());
        }
        return;
      }
    }
  }

  private void open(Socket site) throws IOException {
    Link link;
    synchronized (links) {
      if (links.size() == MAX_LINKS) {
        site.close();
        return;
      }
      Socket coordinator;
      try {
        coordinator = new Socket(InetAddress.getLoopbackAddress(), coordinatorPort);
      } catch (IOException e) {
        site.close(); // the coordinator is down: the site sees its connection closed, and retries
        return;
      }
      link = new Link(site, coordinator);
      links.add(link);
    }
    daemon("faulty-link-up", () -> link.pump(site, link.coordinator, upBytes, true));
    daemon("faulty-link-down", () -> link.pump(link.coordinator, site, downBytes, false));
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** How many of these bytes may still go up before the next cut; all of them when none is due. */
  private int beforeCut(int bytes) {
    synchronized (cutsAtUpBytes) {
      Long next = cutsAtUpBytes.peekFirst();
      long left = next == null ? Long.MAX_VALUE : next - upBytes.get();
      if (left > bytes) {
        return bytes;
      }
      cutsAtUpBytes.removeFirst();
      return (int) Math.max(0, left);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      listening.close();
    } catch (IOException e) {
      LOG.debug("not closed in order", e);
    }
    List<Link> open;
    synchronized (links) {
      open = List.copyOf(links);
    }
    open.forEach(Link::close);
  }

  private final class Link {
    private final Socket site;
    private final Socket coordinator;

    Link(Socket site, Socket coordinator) {
      this.site = site;
      this.coordinator = coordinator;
    }

    void pump(Socket from, Socket to, AtomicLong count, boolean up) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try (InputStream in = from.getInputStream();
          OutputStream out = to.getOutputStream()) {
        int read;
        while ((read = in.read(buffer, 0, allowance())) >= 0) {
          int passing = up ? beforeCut(read) : read;
          out.write(buffer, 0, passing);
          count.addAndGet(passing);
          if (passing < read || (up && passing == 0)) {
            cut();
            return;
          }
          pace(read);
        }
      } catch (IOException e) {
        LOG.debug("link gone: {}", e.toString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        close();
      }
    }

    private int allowance() {
      long tick = Math.max(1, bytesPerSecond / (1000 / TICK_MILLIS));
      return (int) Math.min(BUFFER_BYTES, tick);
    }

    private void pace(int bytes) throws InterruptedException {
      long limit = bytesPerSecond;
      if (limit != Long.MAX_VALUE) {
        TimeUnit.NANOSECONDS.sleep(TimeUnit.SECONDS.toNanos(bytes) / limit); // this is the trickle
      }
    }

    void cut() {
      cuts.incrementAndGet();
      close();
    }

    void close() {
      synchronized (links) {
        links.remove(this);
      }
      for (Socket socket : List.of(site, coordinator)) {
        try {
          socket.setSoLinger(true, 0); // a reset, as of a router that lost its state
          socket.close();
        } catch (IOException e) {
          LOG.debug("not closed in order", e);
        }
      }
    }
  }
}

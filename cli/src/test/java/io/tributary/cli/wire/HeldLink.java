package io.tributary.cli.wire;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A link on loopback that stops at a chosen moment of an upload, so that a test can kill the site
 * at exactly that moment. It sees ciphertext only: it knows of the upload because the site keeps
 * the update in a file from before it offers it until it knows the outcome, and it counts TLS
 * records, of which a frame of this size is one.
 */
final class HeldLink implements AutoCloseable {
  /** Where an upload stops. */
  enum Moment {
    /** Trained, and not offered. */
    OFFER_HELD(1),
    /** The manifest is known, the chunk is not. */
    CHUNK_HELD(2),
    /** All bytes are there, and not committed. */
    COMMIT_HELD(3),
    /** Committed, and the site does not know. */
    OUTCOME_HELD(3);

    private final int record;

    Moment(int record) {
      this.record = record;
    }
  }

  private static final int RECORD_HEADER_BYTES = 5;

  private final ServerSocket listening;
  private final int coordinatorPort;
  private final Path update;
  private final List<Socket> sockets = new ArrayList<>(); // guarded by itself
  // All guarded by this.
  private Moment armed; // null: everything passes
  private boolean sawNoUpdate; // since it was armed: what is counted next is one upload whole
  private int records;
  private boolean answersHeld;
  private CompletableFuture<Void> held = new CompletableFuture<>();
  private CompletableFuture<Void> released = new CompletableFuture<>(); // what stands still ends

  private HeldLink(ServerSocket listening, int coordinatorPort, Path update) {
    this.listening = listening;
    this.coordinatorPort = coordinatorPort;
    this.update = update;
  }

  /**
   * Listens on a free loopback port.
   *
   * @param update the file in which the site keeps what it has to upload
   */
  static HeldLink to(int coordinatorPort, Path update) throws IOException {
    ServerSocket listening = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    HeldLink link = new HeldLink(listening, coordinatorPort, update);
    daemon("held-link", link::accept);
    return link;
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Stops the next upload that begins; completes when it stands still. */
  synchronized CompletableFuture<Void> holdAt(Moment moment) {
    armed = moment;
    sawNoUpdate = false;
    records = 0;
    held = new CompletableFuture<>();
    released = new CompletableFuture<>();
    return held;
  }

  /** Cuts what stands still, and lets everything pass from now on. */
  void cutAndPass() {
    closeAll();
    synchronized (this) {
      armed = null;
      answersHeld = false;
      released.complete(null);
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket site = listening.accept();
        Socket coordinator = new Socket(InetAddress.getLoopbackAddress(), coordinatorPort);
        synchronized (sockets) {
          sockets.addAll(List.of(site, coordinator));
        }
        daemon("held-link-up", () -> pump(site, coordinator, true));
        daemon("held-link-down", () -> pump(coordinator, site, false));
      } catch (IOException e) {
        closeAll(); // the test is over, or its coordinator is gone
      }
    }
  }

  private void pump(Socket from, Socket to, boolean up) {
    try (DataInputStream in = new DataInputStream(from.getInputStream());
        OutputStream out = to.getOutputStream()) {
      byte[] header = new byte[RECORD_HEADER_BYTES];
      while (true) {
        in.readFully(header);
        byte[] record =
            new byte[(Byte.toUnsignedInt(header[3]) << 8) | Byte.toUnsignedInt(header[4])];
        in.readFully(record);
        if (up ? stopsUp() : stopsDown()) {
          release().join();
          return;
        }
        out.write(header);
        out.write(record);
        if (up) {
          passedUp();
        }
      }
    } catch (IOException e) {
      closeAll(); // one end is gone, or cutAndPass
    }
  }

  private synchronized CompletableFuture<Void> release() {
    return released;
  }

  private synchronized boolean stopsDown() {
    return answersHeld;
  }

  private synchronized boolean stopsUp() {
    if (armed == null) {
      return false;
    }
    if (!Files.exists(update)) {
      sawNoUpdate = true;
      return false;
    }
    if (!sawNoUpdate || ++records < armed.record) {
      return false;
    }
    if (armed == Moment.OUTCOME_HELD) {
      answersHeld = true; // before the commit leaves
      return false;
    }
    held.complete(null);
    return true;
  }

  private synchronized void passedUp() {
    if (answersHeld) {
      held.complete(null);
    }
  }

  private void closeAll() {
    List<Socket> open;
    synchronized (sockets) {
      open = List.copyOf(sockets);
      sockets.clear();
    }
    for (Socket socket : open) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new IllegalStateException("a socket cannot be closed", e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cutAndPass();
  }
}

package io.tributary.coordinator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.DurableFiles;
import io.tributary.coordinator.store.CoordinatorHome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What the person who runs the coordinator can ask it and have it do: JSON over HTTP, on loopback
 * only, for whoever can read the owner-only token file. {@link AdminRoutes} lists the requests.
 */
final class AdminServer implements AutoCloseable {
  private static final int TOKEN_BYTES = 32;
  private static final int THREADS = 2;
  private static final int BACKLOG_CONNECTIONS = 16;
  private static final String REQUEST_SECONDS = "10";
  private static final String BEARER = "Bearer ";

  private final HttpServer http;
  private final ExecutorService threads;
  private final byte[] token;
  private final AdminRoutes routes;

  private AdminServer(HttpServer http, byte[] token, AdminRoutes routes) {
    this.http = http;
    this.token = token;
    this.routes = routes;
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "coordinator-admin");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Writes a new token and listens.
   *
   * @param port 0 takes a free one
   * @param jobs is asked
   * @throws UserErrorException when the port is taken
   */
  static AdminServer start(Path home, int port, JobDesk jobs) throws IOException {
    // The JDK's server has no time limits of its own: without them a half-sent request holds a
    // thread for good. Read once, before its first use in the process.
    setIfAbsent("sun.net.httpserver.maxReqTime", REQUEST_SECONDS);
    setIfAbsent("sun.net.httpserver.maxRspTime", REQUEST_SECONDS);
    byte[] secret = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(secret);
    byte[] token = HexFormat.of().formatHex(secret).getBytes(StandardCharsets.US_ASCII);
    HttpServer http;
    try {
      http =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG_CONNECTIONS);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "cannot listen on the admin port "
              + port
              + ": "
              + e.getMessage()
              + "; choose another admin.port, or 0 for a free one",
          e);
    }
    DurableFiles.writeOwnerOnly(CoordinatorHome.adminToken(home), token);
    AdminServer server = new AdminServer(http, token, new AdminRoutes(jobs));
    http.setExecutor(server.threads);
    http.createContext("/", exchange -> server.answer(exchange));
    http.start();
    return server;
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  int port() {
    return http.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      AdminRoutes.Answer answer;
      if (isAuthorised(exchange.getRequestHeaders().getFirst("Authorization"))) {
        answer =
            routes.answer(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                exchange.getRequestBody());
      } else {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
        answer =
            AdminRoutes.Answer.error(
                401, "the bearer token in the home's admin-token file is needed");
      }
      if (answer.allow() != null) {
        exchange.getResponseHeaders().set("Allow", answer.allow());
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      byte[] body = answer.json().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.code(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private boolean isAuthorised(String header) {
    if (header == null || !header.startsWith(BEARER)) {
      return false;
    }
    byte[] given = header.substring(BEARER.length()).strip().getBytes(StandardCharsets.US_ASCII);
    return MessageDigest.isEqual(given, token); // takes the same time wherever they differ
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }
}

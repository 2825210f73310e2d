package io.tributary.coordinator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.store.DurableFiles;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.store.CoordinatorHome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the person who runs the coordinator can ask it: read-only JSON over HTTP, on loopback only,
 * for whoever can read the owner-only token file.
 *
 * <pre>
 * GET /v1/status   {@link JobStatus}
 * GET /v1/rounds   its history alone
 * </pre>
 */
final class AdminServer implements AutoCloseable {
  private static final int TOKEN_BYTES = 32;
  private static final int THREADS = 2;
  private static final int BACKLOG_CONNECTIONS = 16;
  private static final long ANSWER_TIMEOUT_MILLIS = 2_000;
  private static final String REQUEST_SECONDS = "10";
  private static final String BEARER = "Bearer ";
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final HttpServer http;
  private final ExecutorService threads;
  private final byte[] token;
  private final Supplier<CompletableFuture<JobStatus>> status;

  private AdminServer(
      HttpServer http, byte[] token, Supplier<CompletableFuture<JobStatus>> status) {
    this.http = http;
    this.token = token;
    this.status = status;
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
   * @param status asks the job's owner
   * @throws UserErrorException when the port is taken
   */
  static AdminServer start(Path home, int port, Supplier<CompletableFuture<JobStatus>> status)
      throws IOException {
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
    AdminServer server = new AdminServer(http, token, status);
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
      String path = exchange.getRequestURI().getPath();
      if (!isAuthorised(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
        send(exchange, 401, error("the bearer token in the home's admin-token file is needed"));
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        send(exchange, 405, error("only GET is known"));
      } else if (path.equals("/v1/status")) {
        sendStatus(exchange, job -> job);
      } else if (path.equals("/v1/rounds")) {
        sendStatus(exchange, JobStatus::history);
      } else {
        send(exchange, 404, error("known paths are /v1/status and /v1/rounds"));
      }
    }
  }

  private boolean isAuthorised(String header) {
    if (header == null || !header.startsWith(BEARER)) {
      return false;
    }
    byte[] given = header.substring(BEARER.length()).strip().getBytes(StandardCharsets.US_ASCII);
    return MessageDigest.isEqual(given, token); // takes the same time wherever they differ
  }

  private void sendStatus(HttpExchange exchange, Function<JobStatus, Object> view)
      throws IOException {
    JobStatus job;
    try {
      job = status.get().get(ANSWER_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      send(exchange, 503, error("the coordinator is too busy or stopping: ask again"));
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      send(exchange, 503, error("the coordinator stops"));
      return;
    }
    send(exchange, 200, view.apply(job));
  }

  private static Map<String, String> error(String message) {
    return Map.of("error", message);
  }

  private static void send(HttpExchange exchange, int code, Object body) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }
}

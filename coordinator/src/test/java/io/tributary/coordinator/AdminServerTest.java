package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.coordinator.job.JobStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminServerTest {
  private static final JobStatus STATUS =
      new JobStatus(
          "job",
          "training",
          null,
          2,
          5,
          1,
          "collecting",
          "abc",
          List.of(new JobStatus.Site("a", true, "training", 3L, 9L, null, 0)),
          List.of(),
          10,
          20,
          1.5,
          null);

  @TempDir Path home;
  private final HttpClient http = HttpClient.newHttpClient();
  private CompletableFuture<JobStatus> answer = CompletableFuture.completedFuture(STATUS);
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    server = AdminServer.start(home, 0, () -> answer);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> request(String method, String path, String token)
      throws IOException, InterruptedException {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + host + ":" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String token() throws IOException {
    return Files.readString(home.resolve("admin-token"));
  }

  @Test
  void answersWithTheStatusAsJson() throws Exception {
    HttpResponse<String> response = request("GET", "/v1/status", token());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .contains("\"run\":\"job\"", "\"phase\":\"collecting\"", "\"total\":9")
        .doesNotContain("null");
    assertThat(request("GET", "/v1/rounds", token()).body()).isEqualTo("[]");
  }

  @Test
  void letsNobodyInWithoutTheToken() throws Exception {
    assertThat(request("GET", "/v1/status", null).statusCode()).isEqualTo(401);
    assertThat(request("GET", "/v1/status", "0".repeat(64)).statusCode()).isEqualTo(401);
    assertThat(request("GET", "/nothing", null).statusCode()).isEqualTo(401);
    assertThat(request("GET", "/v1/status", token().substring(1)).statusCode()).isEqualTo(401);
  }

  @Test
  void knowsTwoPathsAndOneMethod() throws Exception {
    assertThat(request("GET", "/v1/else", token()).statusCode()).isEqualTo(404);
    assertThat(request("POST", "/v1/status", token()).statusCode()).isEqualTo(405);
  }

  @Test
  void saysSoWhenTheJobDoesNotAnswer() throws Exception {
    answer = CompletableFuture.failedFuture(new IllegalStateException("stopped"));
    assertThat(request("GET", "/v1/status", token()).statusCode()).isEqualTo(503);
  }

  @Test
  void keepsTheTokenToItsOwner() throws IOException {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve("admin-token"))))
        .isEqualTo("rw-------");
    assertThat(token()).matches("[0-9a-f]{64}");
  }

  @Test
  void namesAPortInUse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> AdminServer.start(home, taken.getLocalPort(), () -> answer))
          .isInstanceOf(UserErrorException.class)
          .hasMessageContaining("admin port " + taken.getLocalPort());
    }
  }

  @Test
  void theClientSaysThatNoCoordinatorRuns() {
    assertThatThrownBy(() -> new AdminClient(home.resolve("other")).status())
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("no coordinator runs in home");
  }
}

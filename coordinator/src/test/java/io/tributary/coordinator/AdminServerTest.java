package io.tributary.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminServerTest {
  private static final String JOB =
      """
      name: first
      rounds: 1
      model: {width: 16, layers: 1, heads: 2, feed-forward-width: 32, context-length: 32}
      local: {learning-rate: 0.01, batch-size: 4, epochs: 1}
      round: {cohort: 1}
      """;

  static final JobStatus STATUS =
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
  private final FakeDesk desk = new FakeDesk();
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    server = AdminServer.start(home, 0, desk);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> request(String method, String path, String token)
      throws IOException, InterruptedException {
    return request(method, path, token, "");
  }

  private HttpResponse<String> request(String method, String path, String token, String body)
      throws IOException, InterruptedException {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + host + ":" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
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
  void knowsItsPathsAndTheirMethods() throws Exception {
    assertThat(request("GET", "/v1/else", token()).statusCode()).isEqualTo(404);
    assertThat(request("POST", "/v1/jobs/a/explode", token()).statusCode()).isEqualTo(404);
    for (String path : List.of("/v1/status", "/v1/rounds", "/v1/jobs/a")) {
      HttpResponse<String> response = request("POST", path, token());
      assertThat(response.statusCode()).as(path).isEqualTo(405);
      assertThat(response.headers().firstValue("Allow")).as(path).hasValue("GET");
    }
    assertThat(request("DELETE", "/v1/jobs", token()).headers().firstValue("Allow"))
        .hasValue("GET, POST");
    assertThat(request("GET", "/v1/jobs/a/stop", token()).headers().firstValue("Allow"))
        .hasValue("POST");
    assertThat(desk.asked).isEmpty();
  }

  @Test
  void takesAJobAsYamlAndAsJson() throws Exception {
    HttpResponse<String> yaml = request("POST", "/v1/jobs", token(), JOB);
    assertThat(yaml.statusCode()).isEqualTo(201);
    assertThat(yaml.body()).contains("\"job\":\"first\"", "\"state\":\"queued\"");
    String json = new String(desk.submitted.get(0).toJson(), StandardCharsets.UTF_8);
    assertThat(request("POST", "/v1/jobs", token(), json).statusCode()).isEqualTo(201);
    assertThat(desk.submitted).hasSize(2);
    assertThat(desk.submitted.get(1)).isEqualTo(desk.submitted.get(0));
  }

  @Test
  void givesAJobBackAsItWasSubmitted() throws Exception {
    HttpResponse<String> submitted = request("POST", "/v1/jobs", token(), JOB);
    assertThat(submitted.statusCode()).isEqualTo(201);
    HttpResponse<String> spec = request("GET", "/v1/jobs/first/spec", token());
    assertThat(spec.statusCode()).isEqualTo(200);
    assertThat(JobSpec.fromJson(spec.body().getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(desk.submitted.get(0));
    assertThat(request("POST", "/v1/jobs/first/spec", token()).statusCode()).isEqualTo(405);
  }

  @Test
  void aJobThatCannotBeIsAnsweredWithWhatIsWrong() throws Exception {
    HttpResponse<String> wrong =
        request("POST", "/v1/jobs", token(), JOB.replace("rounds: 1", "rounds: 0"));
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body())
        .contains("the submitted job: rounds is 0 but must be 1", "\"kind\":\"usage\"");
    HttpResponse<String> large = request("POST", "/v1/jobs", token(), "#".repeat(300 * 1024));
    assertThat(large.statusCode()).isEqualTo(400);
    assertThat(large.body()).contains("at most 262144 are read");
    assertThat(desk.submitted).isEmpty();
  }

  @Test
  void steersJobs() throws Exception {
    for (String verb : List.of("pause", "resume", "stop")) {
      assertThat(request("POST", "/v1/jobs/first/" + verb, token()).statusCode()).isEqualTo(200);
    }
    assertThat(desk.asked).containsExactly("pause first", "resume first", "stop first");
  }

  @Test
  void saysThatItHasBegunWhatTakesAWhile() throws Exception {
    desk.change = new CompletableFuture<>();
    HttpResponse<String> response = request("POST", "/v1/jobs/first/pause", token());
    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(response.body()).contains("\"job\":\"first\"");
  }

  @Test
  void theClientSpeaksToItAndRepeatsARefusalInItsWords() throws Exception {
    Files.writeString(home.resolve("endpoint.json"), "{\"adminPort\":" + server.port() + "}");
    AdminClient client = new AdminClient(home);
    assertThat(client.status()).isEqualTo(STATUS);
    assertThat(client.jobs()).containsExactly(FakeDesk.VIEW);
    assertThat(client.job("first").job()).isEqualTo(FakeDesk.VIEW);
    assertThat(client.stop("first")).isEqualTo(FakeDesk.VIEW);
    desk.change =
        CompletableFuture.failedFuture(
            new UserErrorException(UserErrorException.Kind.REFUSED, "first has ended"));
    assertThatThrownBy(() -> client.pause("first"))
        .isInstanceOfSatisfying(
            UserErrorException.class,
            e -> assertThat(e.kind()).isEqualTo(UserErrorException.Kind.REFUSED))
        .hasMessage("first has ended");
  }

  @Test
  void saysSoWhenTheJobDoesNotAnswer() throws Exception {
    desk.status = CompletableFuture.failedFuture(new IllegalStateException("stopped"));
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
      assertThatThrownBy(() -> AdminServer.start(home, taken.getLocalPort(), desk))
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

  /** Answers at once, and remembers what it was asked. */
  private static final class FakeDesk implements JobDesk {
    static final JobView VIEW =
        new JobView("first", "first.0", "queued", null, 0, 1, null, null, "2026-01-01T00:00:00Z");

    final List<JobSpec> submitted = new CopyOnWriteArrayList<>();
    final List<String> asked = new CopyOnWriteArrayList<>();
    CompletableFuture<JobStatus> status = CompletableFuture.completedFuture(STATUS);
    CompletableFuture<JobView> change = CompletableFuture.completedFuture(VIEW);

    @Override
    public CompletableFuture<JobView> submit(JobSpec job) {
      submitted.add(job);
      return change;
    }

    @Override
    public CompletableFuture<JobView> submitOrGoOn(JobSpec job) {
      throw new AssertionError("the admin API has no such request");
    }

    @Override
    public CompletableFuture<List<JobView>> list() {
      return CompletableFuture.completedFuture(List.of(VIEW));
    }

    @Override
    public CompletableFuture<JobDetails> show(String name) {
      return CompletableFuture.completedFuture(new JobDetails(VIEW, STATUS));
    }

    @Override
    public CompletableFuture<JobSpec> spec(String name) {
      return CompletableFuture.completedFuture(submitted.get(0));
    }

    @Override
    public CompletableFuture<JobStatus> status() {
      return status;
    }

    @Override
    public CompletableFuture<JobView> pause(String name) {
      asked.add("pause " + name);
      return change;
    }

    @Override
    public CompletableFuture<JobView> resume(String name) {
      asked.add("resume " + name);
      return change;
    }

    @Override
    public CompletableFuture<JobView> stop(String name) {
      asked.add("stop " + name);
      return change;
    }

    @Override
    public CompletableFuture<JobSummary> ended(String name) {
      throw new AssertionError("the admin API has no such request");
    }
  }
}

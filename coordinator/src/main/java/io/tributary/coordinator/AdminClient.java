package io.tributary.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.coordinator.store.CoordinatorHome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Asks a running coordinator through its admin API, found by its home: {@code tributary job} and
 * the demo's table. Every method throws a {@link UserErrorException} when no coordinator answers,
 * or with the coordinator's own words when it says no.
 */
public final class AdminClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final Path home;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /** Asks the coordinator that runs in a home. */
  public AdminClient(Path home) {
    this.home = home;
  }

  /** Returns {@code GET /v1/status}: the running job, or else the newest one. */
  public JobStatus status() {
    return as(get("/v1/status"), JobStatus.class);
  }

  /** Returns {@code GET /v1/rounds}. */
  public List<RoundRecord> rounds() {
    return List.of(as(get("/v1/rounds"), RoundRecord[].class));
  }

  /** Submits a job. */
  public JobView submit(JobSpec job) {
    return as(post("/v1/jobs", BodyPublishers.ofByteArray(job.toJson())), JobView.class);
  }

  /** All jobs, oldest first. */
  public List<JobView> jobs() {
    return List.of(as(get("/v1/jobs"), JobView[].class));
  }

  /** One job in full. */
  public JobDetails job(String name) {
    return as(get(path(name)), JobDetails.class);
  }

  /** One job as it was submitted. */
  public JobSpec spec(String name) {
    byte[] json = get(path(name) + "/spec").toString().getBytes(StandardCharsets.UTF_8);
    return ConfigReader.readJson(json, JobSpec.class, "job " + name);
  }

  /** Holds a job back. */
  public JobView pause(String name) {
    return change(name, "pause");
  }

  /** Lets a paused job go on. */
  public JobView resume(String name) {
    return change(name, "resume");
  }

  /** Ends a job for good. */
  public JobView stop(String name) {
    return change(name, "stop");
  }

  private JobView change(String name, String verb) {
    return as(post(path(name) + "/" + verb, BodyPublishers.noBody()), JobView.class);
  }

  private static String path(String name) {
    return "/v1/jobs/" + URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  private static <T> T as(JsonNode answer, Class<T> type) {
    try {
      return JSON.treeToValue(answer, type);
    } catch (JsonProcessingException e) {
      throw failed(
          "the coordinator speaks another version of the admin API ("
              + e.getOriginalMessage()
              + ")",
          e);
    }
  }

  private JsonNode get(String path) {
    return ask("GET", path, BodyPublishers.noBody());
  }

  private JsonNode post(String path, BodyPublisher body) {
    return ask("POST", path, body);
  }

  private JsonNode ask(String method, String path, BodyPublisher content) {
    try {
      JsonNode endpoint = JSON.readTree(Files.readAllBytes(CoordinatorHome.endpoint(home)));
      String token =
          Files.readString(CoordinatorHome.adminToken(home), StandardCharsets.US_ASCII).strip();
      String host = InetAddress.getLoopbackAddress().getHostAddress();
      URI uri = URI.create("http://" + host + ":" + endpoint.path("adminPort").asInt() + path);
      HttpRequest request =
          HttpRequest.newBuilder(uri)
              .timeout(TIMEOUT)
              .header("Authorization", "Bearer " + token)
              .method(method, content)
              .build();
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      JsonNode body = JSON.readTree(response.body());
      if (response.statusCode() / 100 != 2) {
        throw said(response.statusCode(), body);
      }
      return body;
    } catch (NoSuchFileException e) {
      throw failed("no coordinator runs in home " + home + " (" + e.getFile() + " is missing)", e);
    } catch (IOException e) {
      throw failed(
          "the coordinator of home " + home + " does not answer (" + e + "): is it running?", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted while asking the coordinator", e);
    }
  }

  private static UserErrorException said(int code, JsonNode body) {
    String message = body.path("error").asText();
    for (UserErrorException.Kind kind : UserErrorException.Kind.values()) {
      if (kind.name().equalsIgnoreCase(body.path("kind").asText()) && code < 500 && code != 401) {
        return new UserErrorException(kind, message);
      }
    }
    return failed("the coordinator answers " + code + ": " + message, null);
  }

  private static UserErrorException failed(String message, Throwable cause) {
    return new UserErrorException(UserErrorException.Kind.FAILED, message, cause);
  }
}

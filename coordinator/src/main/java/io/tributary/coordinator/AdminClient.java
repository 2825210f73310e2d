package io.tributary.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.UserErrorException;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.RoundRecord;
import io.tributary.coordinator.store.CoordinatorHome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Asks a running coordinator through its admin API, found by its home: {@code tributary job status}
 * and the demo's table.
 */
public final class AdminClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private final Path home;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  /** Asks the coordinator that runs in a home. */
  public AdminClient(Path home) {
    this.home = home;
  }

  /**
   * Returns {@code GET /v1/status}.
   *
   * @throws UserErrorException when no coordinator answers
   */
  public JobStatus status() {
    return as(get("/v1/status"), JobStatus.class);
  }

  /**
   * Returns {@code GET /v1/rounds}.
   *
   * @throws UserErrorException when no coordinator answers
   */
  public List<RoundRecord> rounds() {
    return List.of(as(get("/v1/rounds"), RoundRecord[].class));
  }

  private static <T> T as(JsonNode answer, Class<T> type) {
    try {
      return JSON.treeToValue(answer, type);
    } catch (JsonProcessingException e) {
      throw failed(
          "the coordinator speaks another version of the admin API (" + e.getOriginalMessage() + ")",
          e);
    }
  }

  private JsonNode get(String path) {
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
              .build();
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      JsonNode body = JSON.readTree(response.body());
      if (response.statusCode() != 200) {
        throw failed(
            "the coordinator answers " + response.statusCode() + ": " + body.path("error").asText(),
            null);
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

  private static UserErrorException failed(String message, Throwable cause) {
    return new UserErrorException(UserErrorException.Kind.FAILED, message, cause);
  }
}

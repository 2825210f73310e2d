package io.tributary.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobStatus;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The requests of the admin API, without HTTP's own matters.
 *
 * <pre>
 * GET  /v1/status              {@link JobStatus} of the running job, or else of the newest
 * GET  /v1/rounds              its history alone
 * GET  /v1/jobs                list of {@link JobView}
 * POST /v1/jobs                a job as YAML or JSON text → 201 and its {@link JobView}
 * GET  /v1/jobs/NAME           {@link JobDetails}
 * GET  /v1/jobs/NAME/spec      the job itself, as canonical JSON
 * POST /v1/jobs/NAME/pause     → 200 and its {@link JobView}; 202 when it will take a while
 * POST /v1/jobs/NAME/resume
 * POST /v1/jobs/NAME/stop
 * </pre>
 *
 * <p>An error is an object with {@code error}, a sentence, and {@code kind}, a {@link
 * UserErrorException.Kind} in lower case.
 */
final class AdminRoutes {
  private static final long ANSWER_TIMEOUT_MILLIS = 2_000;
  private static final long CHANGE_TIMEOUT_MILLIS = 5_000;
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final String STATUS = "/v1/status";
  private static final String ROUNDS = "/v1/rounds";
  private static final String JOBS = "/v1/jobs";

  private final JobDesk jobs;

  AdminRoutes(JobDesk jobs) {
    this.jobs = jobs;
  }

  /**
   * What is sent back.
   *
   * @param code of HTTP
   * @param json the body
   * @param allow the methods that a path knows, when it was another; null otherwise
   */
  record Answer(int code, String json, String allow) {
    static Answer of(int code, Object body) {
      try {
        return new Answer(code, JSON.writeValueAsString(body), null);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("cannot write " + body.getClass() + " as JSON", e);
      }
    }

    static Answer error(int code, String message) {
      return error(code, UserErrorException.Kind.FAILED, message);
    }

    static Answer error(int code, UserErrorException.Kind kind, String message) {
      return of(code, Map.of("error", message, "kind", kind.name().toLowerCase(Locale.ROOT)));
    }

    static Answer onlyMethods(String methods) {
      Answer error = error(405, "only " + methods + " is known for this path");
      return new Answer(405, error.json(), methods);
    }
  }

  Answer answer(String method, String path, InputStream body) throws IOException {
    boolean get = method.equals("GET");
    boolean post = method.equals("POST");
    if (path.equals(STATUS)) {
      return get ? seen(jobs.status(), status -> status) : Answer.onlyMethods("GET");
    } else if (path.equals(ROUNDS)) {
      return get ? seen(jobs.status(), JobStatus::history) : Answer.onlyMethods("GET");
    } else if (path.equals(JOBS)) {
      if (post) {
        return submit(body);
      }
      return get ? seen(jobs.list(), list -> list) : Answer.onlyMethods("GET, POST");
    }
    List<String> parts = List.of(path.split("/", -1)); // "", v1, jobs, NAME, verb
    if (path.startsWith(JOBS + "/") && parts.size() == 4) {
      return get ? seen(jobs.show(parts.get(3)), job -> job) : Answer.onlyMethods("GET");
    } else if (path.startsWith(JOBS + "/") && parts.size() == 5 && parts.get(4).equals("spec")) {
      return get
          ? seen(jobs.spec(parts.get(3)), AdminRoutes::canonical)
          : Answer.onlyMethods("GET");
    } else if (path.startsWith(JOBS + "/") && parts.size() == 5) {
      return change(post, parts.get(3), parts.get(4));
    }
    return unknown();
  }

  /** With the keys of a job's file, not those of its Java record. */
  private static JsonNode canonical(JobSpec job) {
    try {
      return JSON.readTree(job.toJson());
    } catch (IOException e) {
      throw new IllegalStateException("canonical JSON cannot be read back", e);
    }
  }

  private static Answer unknown() {
    return Answer.error(
        404,
        "known paths are /v1/status, /v1/rounds, /v1/jobs, /v1/jobs/NAME and"
            + " /v1/jobs/NAME/{spec,pause,resume,stop}");
  }

  private Answer submit(InputStream body) throws IOException {
    byte[] text = body.readNBytes(ConfigReader.MAX_CONFIG_BYTES + 1);
    try {
      JobSpec job = ConfigReader.readYamlText(text, JobSpec.class, "the submitted job");
      return done(jobs.submit(job), CHANGE_TIMEOUT_MILLIS, 201, view -> view)
          .orElseGet(
              () ->
                  Answer.error(
                      503,
                      "the coordinator is too busy to say whether it has taken the job: `tributary"
                          + " job list` tells"));
    } catch (UserErrorException e) { // of the reading
      return explained(e);
    }
  }

  private Answer change(boolean post, String name, String verb) {
    Function<String, CompletableFuture<JobView>> change =
        switch (verb) {
          case "pause" -> jobs::pause;
          case "resume" -> jobs::resume;
          case "stop" -> jobs::stop;
          default -> null;
        };
    if (change == null) {
      return unknown();
    } else if (!post) {
      return Answer.onlyMethods("POST");
    }
    return done(change.apply(name), CHANGE_TIMEOUT_MILLIS, 200, view -> view)
        .or(() -> done(jobs.show(name), ANSWER_TIMEOUT_MILLIS, 202, JobDetails::job))
        .orElseGet(AdminRoutes::busy);
  }

  private static <T> Answer seen(CompletableFuture<T> answer, Function<T, Object> view) {
    return done(answer, ANSWER_TIMEOUT_MILLIS, 200, view).orElseGet(AdminRoutes::busy);
  }

  private static Answer busy() {
    return Answer.error(503, "the coordinator is too busy or stopping: ask again");
  }

  /** Nothing when the answer does not come in time. */
  private static <T> Optional<Answer> done(
      CompletableFuture<T> answer, long timeoutMillis, int code, Function<T, Object> view) {
    try {
      T value = answer.get(timeoutMillis, TimeUnit.MILLISECONDS);
      return Optional.of(Answer.of(code, view.apply(value)));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      return Optional.of(
          e.getCause() instanceof UserErrorException user ? explained(user) : busy());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(busy());
    }
  }

  private static Answer explained(UserErrorException e) {
    int code =
        switch (e.kind()) {
          case USAGE -> 400;
          case REFUSED -> 409;
          case FAILED -> 422;
        };
    return Answer.error(code, e.kind(), e.getMessage());
  }
}

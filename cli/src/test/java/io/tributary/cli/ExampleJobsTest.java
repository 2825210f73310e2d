package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.job.JobSpec;
import io.tributary.common.job.Task;
import io.tributary.common.model.ModelPresets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The jobs that come along are read as they are, with every check. */
class ExampleJobsTest {
  private static final Path JOBS = Path.of("..", "examples", "jobs");

  @Test
  void everyJobIsValid() throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(JOBS)) {
      files = listed.sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(3);
    for (Path file : files) {
      assertThat(JobSpec.read(file).rounds()).as(file.toString()).isPositive();
    }
  }

  @Test
  void theIrisesAreLearnedByANetworkThatTheCoordinatorDoesNotKnow() {
    JobSpec job = JobSpec.read(JOBS.resolveSibling("iris").resolve("job.yaml"));
    assertThat(job.task()).isEqualTo(Task.CUSTOM);
    assertThat(job.model().config().layout().parameterCount()).isEqualTo(4 * 8 + 8 + 8 * 3 + 3);
  }

  @Test
  void theSpelledOutLlamaIsThePreset() {
    assertThat(JobSpec.read(JOBS.resolve("llama-tiny.yaml")).model().config())
        .isEqualTo(ModelPresets.config("llama-tiny"));
  }

  @Test
  void theClassifierTrainsAdaptersAndHeadAlone() {
    JobSpec job = JobSpec.read(JOBS.resolve("classify.yaml"));
    assertThat(job.task()).isEqualTo(Task.CLASSIFICATION);
    assertThat(job.model().config().layout().trainableCount())
        .isEqualTo(6 * 4 * (384 + 1152) + 384 * 2 + 2);
  }
}

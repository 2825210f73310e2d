package io.tributary.coordinator;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.job.JobStatus;
import io.tributary.coordinator.job.JobSummary;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The desk of a {@link CoordinatorCore}: takes every question to the owner's thread and back. */
final class RunDesk implements JobDesk {
  private final Executor owner;
  private final JobIntake intake;
  private final RunQueue queue;
  private final JobViews views;

  RunDesk(Executor owner, JobIntake intake, RunQueue queue, JobViews views) {
    this.owner = owner;
    this.intake = intake;
    this.queue = queue;
    this.views = views;
  }

  @Override
  public CompletableFuture<JobView> submit(JobSpec job) {
    return ask(() -> CompletableFuture.completedFuture(views.of(intake.submit(job))));
  }

  @Override
  public CompletableFuture<JobView> submitOrGoOn(JobSpec job) {
    return ask(() -> CompletableFuture.completedFuture(views.of(intake.submitOrGoOn(job))));
  }

  @Override
  public CompletableFuture<List<JobView>> list() {
    return ask(() -> CompletableFuture.completedFuture(views.all()));
  }

  @Override
  public CompletableFuture<JobDetails> show(String name) {
    return ask(() -> CompletableFuture.completedFuture(views.details(intake.named(name))));
  }

  @Override
  public CompletableFuture<JobSpec> spec(String name) {
    return ask(() -> CompletableFuture.completedFuture(intake.named(name).job()));
  }

  @Override
  public CompletableFuture<JobStatus> status() {
    return ask(() -> CompletableFuture.completedFuture(views.status()));
  }

  @Override
  public CompletableFuture<JobView> pause(String name) {
    return ask(() -> queue.pause(intake.named(name)).thenApply(views::of));
  }

  @Override
  public CompletableFuture<JobView> resume(String name) {
    return ask(() -> CompletableFuture.completedFuture(views.of(queue.resume(intake.named(name)))));
  }

  @Override
  public CompletableFuture<JobView> stop(String name) {
    return ask(() -> queue.stop(intake.named(name)).thenApply(views::of));
  }

  @Override
  public CompletableFuture<JobSummary> ended(String name) {
    return ask(() -> queue.ended(intake.named(name)));
  }

  private <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    owner.execute(
        () -> {
          try {
            var unused =
                question
                    .get()
                    .whenComplete(
                        (value, failure) -> {
                          if (failure == null) {
                            answer.complete(value);
                          } else {
                            answer.completeExceptionally(failure);
                          }
                        });
          } catch (UserErrorException e) {
            answer.completeExceptionally(e);
          } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
            throw e; // a defect, or the ledger: the owner's thread must hear of it
          }
        });
    return answer;
  }
}

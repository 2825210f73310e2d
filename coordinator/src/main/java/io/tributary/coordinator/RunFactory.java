package io.tributary.coordinator;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.fold.Aggregators;
import io.tributary.coordinator.job.JobRunner;
import io.tributary.coordinator.job.Pace;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.store.CoordinatorHome;
import io.tributary.coordinator.store.FileModelStore;
import io.tributary.coordinator.store.LedgerRoundJournal;
import io.tributary.coordinator.store.ModelRetention;
import io.tributary.coordinator.store.RunDirectory;
import io.tributary.coordinator.store.SpoolUploadStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Puts a run together: its directories, stores, clock, view of the sites and runner. */
final class RunFactory implements ActiveRun.Factory {
  private final Path home;
  private final Ledger ledger;
  private final WireLimits limits;
  private final Pace pace;
  private final CoordinatorCore.Options options;
  private final CoordinatorCore.Ports ports;
  private final Function<String, RunGateway> gateways;
  private final BiConsumer<String, Consumer<ActiveRun>> steps;

  /**
   * Makes a factory.
   *
   * @param gateways makes a run's view of the sites, by run id
   * @param steps does something with an active run on the owner's thread, if it is still active
   */
  RunFactory(
      Path home,
      Ledger ledger,
      WireLimits limits,
      Pace pace,
      CoordinatorCore.Options options,
      CoordinatorCore.Ports ports,
      Function<String, RunGateway> gateways,
      BiConsumer<String, Consumer<ActiveRun>> steps) {
    this.home = home;
    this.ledger = ledger;
    this.limits = limits;
    this.pace = pace;
    this.options = options;
    this.ports = ports;
    this.gateways = gateways;
    this.steps = steps;
  }

  /** The directory of a job's models. */
  Path models(String name) {
    return directory(name).models();
  }

  private RunDirectory directory(String name) {
    return CoordinatorHome.run(home, name);
  }

  @Override
  public ActiveRun create(RunRow row) {
    RunDirectory directory = directory(row.name());
    try {
      directory.create();
      SpoolUploadStore uploads = uploads(row, directory);
      RunTimer timer = new RunTimer(ports.timer());
      RunGateway gateway = gateways.apply(row.runId());
      JobRunner runner =
          new JobRunner(
              row,
              limits,
              pace,
              ports.owner(),
              timer,
              ports.clock(),
              gateway,
              uploads,
              models(row, directory),
              ledger,
              LedgerRoundJournal.open(
                  row.runId(), ledger, directory.rounds(), ports.disk(), ports.crash()),
              ports.crash());
      return new ActiveRun(row, runner, uploads, gateway, timer);
    } catch (IOException e) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "the coordinator cannot use "
              + directory.root()
              + " ("
              + e
              + "); nothing is lost: put that right and start it again, it goes on where it stood",
          e);
    }
  }

  private SpoolUploadStore uploads(RunRow row, RunDirectory directory) {
    return new SpoolUploadStore(
        directory.spool(),
        directory.keys(),
        options.keepSpools() ? Optional.of(directory.kept()) : Optional.empty(),
        row,
        ledger,
        ports.notary(),
        ports.clock(),
        options.encryption(),
        ports.disk(),
        ports.crash(),
        (site, task, done, total) ->
            steps.accept(row.runId(), run -> run.runner().uploadAdvanced(site, task, done, total)));
  }

  private FileModelStore models(RunRow row, RunDirectory directory) {
    return new FileModelStore(
        directory.modelDirectory(),
        row,
        limits,
        Aggregators.of(row.job().aggregation()),
        ledger,
        ports.notary(),
        ports.clock(),
        ports.disk(),
        ports.crash(),
        options.keepSpools() ? ModelRetention.ALL : ModelRetention.HEAD_AND_PREVIOUS);
  }

  @Override
  public CompletableFuture<Void> clearAway(RunRow row) {
    RunDirectory directory = directory(row.name());
    return Files.isDirectory(directory.spool())
        ? uploads(row, directory).runEnded()
        : CompletableFuture.completedFuture(null);
  }
}

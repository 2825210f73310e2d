package io.tributary.coordinator;

import io.tributary.common.wire.WireLimits;
import io.tributary.coordinator.job.Pace;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Puts a run together: its directories, stores, clock, view of the sites and runner. */
final class RunFactory implements ActiveRun.Factory {
  private final Path home;

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
  }

  /** The directory of a job's models. */
  Path models(String name) {
    return home.resolve("runs").resolve(name).resolve("models");
  }

  @Override
  public ActiveRun create(RunRow row) {
    throw new UnsupportedOperationException("awaits the stores and the runner");
  }

  @Override
  public void clearAway(RunRow row) {}
}

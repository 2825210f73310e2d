package io.tributary.cli.log;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.tls.CertificateFiles;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.store.CoordinatorHome;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say which log is meant and whom to believe. */
public final class LogOrigin {
  @ArgGroup(multiplicity = "1")
  private Place place;

  @Option(
      names = "--run",
      paramLabel = "NAME",
      description = "The job's name or run id. Default: the only one in the ledger.")
  private String run;

  @Option(
      names = "--ca",
      paramLabel = "ca.pem",
      description = "The federation's root. Default with --config: the one stated there.")
  private Path ca;

  /** One of three. */
  static final class Place {
    @Option(names = "--config", description = "The coordinator's YAML file.")
    private Path config;

    @Option(names = "--home", description = "A coordinator's home, or a copy of one. Needs --ca.")
    private Path home;

    @Option(
        names = "--file",
        paramLabel = "X.tlog",
        description = "A site's log, or an exported one. Needs --ca.")
    private Path file;
  }

  /** Returns the file, or null when a ledger is meant. */
  public Path file() {
    if (place.file != null && run != null) {
      throw new UserErrorException(
          Kind.USAGE, "--run goes with --config or --home: a log file holds one run only");
    }
    return place.file;
  }

  /** Returns the coordinator's home. */
  public Path home() {
    return place.home != null ? place.home : Path.of(config().home());
  }

  /** Returns the ledger's file in it. */
  public Path ledger() {
    return CoordinatorHome.ledger(home());
  }

  /** Returns the coordinator's configuration; only with {@code --config}. */
  private CoordinatorConfig config() {
    return CoordinatorConfig.read(place.config);
  }

  /** Returns the key file of enciphered updates that the configuration states, if it does. */
  public Optional<Path> wrappingKey() {
    return place.config == null
        ? Optional.empty()
        : Optional.ofNullable(config().spool().wrappingKey()).map(Path::of);
  }

  /** Returns who believes what the root certified. */
  public StatementVerifier verifier() {
    return new CertifiedVerifier(TlsMaterial.loadRoot(root()));
  }

  private Path root() {
    if (ca != null) {
      return ca;
    }
    if (place.config == null) {
      throw new UserErrorException(
          Kind.USAGE,
          "--ca is missing: name the federation's ca.pem, from a place that the log did not come"
              + " from");
    }
    CoordinatorConfig.TlsFiles tls = config().tls();
    return tls.directory() == null
        ? Path.of(tls.ca())
        : Path.of(tls.directory()).resolve(CertificateFiles.ROOT);
  }

  /** Returns the stated runs: one when {@code --run} is given, or else all. */
  public List<RunRow> runs(Ledger ledger) {
    List<RunRow> all = ledger.runs();
    List<RunRow> meant =
        all.stream()
            .filter(row -> run == null || row.name().equals(run) || row.runId().equals(run))
            .toList();
    if (all.isEmpty()) {
      throw new UserErrorException(Kind.FAILED, "ledger " + ledger() + " holds no run");
    }
    if (meant.isEmpty()) {
      throw new UserErrorException(
          Kind.USAGE, "--run is " + run + ", but the ledger holds " + names(all));
    }
    return meant;
  }

  /** Returns the stated run, or the only one. */
  public RunRow onlyRun(Ledger ledger) {
    List<RunRow> runs = runs(ledger);
    if (runs.size() > 1) {
      throw new UserErrorException(Kind.USAGE, "--run is missing: the ledger holds " + names(runs));
    }
    return runs.get(0);
  }

  private static String names(List<RunRow> runs) {
    return runs.stream().map(RunRow::name).collect(Collectors.joining(", "));
  }
}

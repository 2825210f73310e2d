package io.tributary.simulation;

import io.tributary.coordinator.AdminClient;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A federation of real processes on this machine: one coordinator and one process a site, over
 * mutual TLS on loopback. The demo shows it; the end-to-end tests kill parts of it.
 *
 * <p>Not thread-safe: one thread drives it.
 */
public final class LocalFederation implements AutoCloseable {
  /** What the coordinator's process is called; no site may have this name here. */
  public static final String COORDINATOR = "coordinator";

  private final FederationHome home;
  private final Launcher launcher;
  private final Map<String, Launcher> strangeSites;
  private final AdminClient admin;
  private final ProcessGroup group = new ProcessGroup();
  private final Map<String, ManagedProcess> processes = new HashMap<>();

  /** A federation whose processes all start the same way. */
  public LocalFederation(FederationHome home, Launcher launcher) {
    this(home, launcher, Map.of());
  }

  /**
   * A federation in which some sites are other programs.
   *
   * @param strangeSites launchers by site
   */
  public LocalFederation(
      FederationHome home, Launcher launcher, Map<String, Launcher> strangeSites) {
    if (home.sites().contains(COORDINATOR)) {
      throw new IllegalArgumentException("no site may be called " + COORDINATOR);
    }
    this.home = home;
    this.launcher = launcher;
    this.strangeSites = Map.copyOf(strangeSites);
    this.admin = new AdminClient(home.coordinatorHome());
  }

  /** Starts the coordinator's process. */
  public ManagedProcess startCoordinator() throws IOException {
    return start(COORDINATOR, launcher.coordinator(home.coordinatorConfig(), home.job()));
  }

  /** Starts a site's process, for the first time or again. */
  public ManagedProcess startSite(String site) throws IOException {
    return start(site, strangeSites.getOrDefault(site, launcher).site(home.siteConfig(site)));
  }

  /**
   * Starts one process for several sites.
   *
   * @param name what the process is called; no site's
   */
  public ManagedProcess startHost(String name, List<String> sites) throws IOException {
    if (home.sites().contains(name)) {
      throw new IllegalArgumentException(name + " is a site: name its host otherwise");
    }
    return start(name, launcher.sites(sites.stream().map(home::siteConfig).toList()));
  }

  private ManagedProcess start(String name, List<String> command) throws IOException {
    ManagedProcess before = processes.get(name);
    if (before != null && before.alive()) {
      throw new IllegalStateException(name + " is already running as process " + before.pid());
    }
    ManagedProcess process = group.start(name, command, home.log(name));
    processes.put(name, process);
    return process;
  }

  /** The process of that name as it was last started. */
  public ManagedProcess process(String name) {
    ManagedProcess process = processes.get(name);
    if (process == null) {
      throw new IllegalArgumentException(name + " has not been started");
    }
    return process;
  }

  /** Ends a process with SIGKILL and waits until it is gone. */
  public void kill(String name) throws InterruptedException {
    ManagedProcess process = process(name);
    process.kill();
    if (!process.await(Duration.ofSeconds(10))) {
      throw new IllegalStateException(name + " is still there 10 s after SIGKILL");
    }
  }

  /** Asks the coordinator. */
  public AdminClient admin() {
    return admin;
  }

  /** The federation's files. */
  public FederationHome home() {
    return home;
  }

  /** Ends every process. */
  @Override
  public void close() {
    group.close();
  }
}

package io.tributary.client;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.tls.SiteName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several sites in one process, each with its own certificate, connection, home, outbox and data;
 * what {@code tributary client start --config a.yaml --config b.yaml} runs.
 *
 * <pre>
 *   site a: agent ─┐
 *   site b: agent ─┼─ turns ─► TrainingThread ─► one engine
 *   site c: agent ─┘
 * </pre>
 *
 * <p>All are opened before any of them connects, so that a mistake in one file starts nothing.
 * Later they are independent: one that fails is told of and leaves the others at work.
 */
public final class SiteHost implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SiteHost.class);

  /** Most sites of one process: each has threads and buffers of its own. */
  public static final int MAX_SITES = 256;

  private final TrainingThread training = new TrainingThread();
  private final Optional<SharedTrainers> trainers;
  private final List<SiteAgent> agents = new ArrayList<>();

  private boolean closed; // guarded by this

  private SiteHost(Optional<SharedTrainers> trainers) {
    this.trainers = trainers;
  }

  /**
   * Opens all sites on the default trainers.
   *
   * @param files a YAML file each
   * @param untilDone whether each site ends with the coordinator's farewell
   * @throws UserErrorException naming the file, if one of them cannot be used; nothing was started
   */
  public static SiteHost open(List<Path> files, boolean untilDone) {
    SharedTrainers trainers = new SharedTrainers();
    return open(files, AgentOptions.with(trainers).untilDone(untilDone), Optional.of(trainers));
  }

  /** The same with other trainers. */
  static SiteHost open(List<Path> files, AgentOptions options) {
    return open(files, options, Optional.empty());
  }

  private static SiteHost open(
      List<Path> files, AgentOptions options, Optional<SharedTrainers> trainers) {
    if (files.isEmpty() || files.size() > MAX_SITES) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          files.size() + " sites are named but one process hosts 1 to " + MAX_SITES);
    }
    SiteHost host = new SiteHost(trainers);
    boolean opened = false;
    try {
      List<SiteConfig> configs = files.stream().map(SiteConfig::read).toList();
      Map<SiteName, Path> names = new HashMap<>();
      for (int i = 0; i < files.size(); i++) {
        host.open(files.get(i), configs.get(i), options, names);
      }
      opened = true;
      return host;
    } finally {
      if (!opened) {
        host.close();
      }
    }
  }

  private void open(Path file, SiteConfig config, AgentOptions options, Map<SiteName, Path> names) {
    try {
      SiteAgent agent = SiteAgent.open(config, options, Optional.of(training));
      agents.add(agent);
      Path other = names.put(agent.site(), file);
      if (other != null) {
        throw new UserErrorException(
            UserErrorException.Kind.USAGE,
            "its certificate is that of site "
                + agent.site()
                + ", which "
                + other
                + " has too: each site has its own");
      }
    } catch (UserErrorException e) {
      throw new UserErrorException(e.kind(), "site file " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Starts all sites and waits until all have ended; then everything is closed.
   *
   * @return how each ended, in the order of the files
   */
  public List<AgentEnding> run() {
    List<CompletableFuture<AgentEnding>> endings = agents.stream().map(SiteAgent::ending).toList();
    for (int i = 0; i < agents.size(); i++) {
      SiteName site = agents.get(i).site();
      var unused =
          endings
              .get(i)
              .thenAccept(
                  ending -> {
                    if (ending.kind() == AgentEnding.Kind.FAILED && agents.size() > 1) {
                      LOG.error("site={} has ended: {}", site, ending.message());
                    }
                  });
    }
    agents.forEach(SiteAgent::start);
    List<AgentEnding> how = endings.stream().map(CompletableFuture::join).toList();
    close();
    return how;
  }

  /** Has SIGTERM and Ctrl-C {@link #close} the sites before the process ends. */
  public void closeAtShutdown() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "site-host-shutdown"));
  }

  /**
   * Stops all sites in order and within a bound, all at the same time. Callable from any thread, at
   * any time, more than once.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<Thread> closing = new ArrayList<>();
    for (SiteAgent agent : agents) {
      Thread thread = new Thread(agent::close, "close-" + agent.site());
      thread.start();
      closing.add(thread);
    }
    try {
      for (Thread thread : closing) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    training.close();
    trainers.filter(each -> training.isIdle()).ifPresent(SharedTrainers::close);
  }
}

package io.tributary.cli;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a service whose parent is gone: a demo that was killed with SIGKILL runs no shutdown hook,
 * and its coordinator and sites must not outlive it.
 */
final class ParentWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ParentWatch.class);

  private ParentWatch() {}

  /**
   * Has this process end in order (its shutdown hooks run) when process {@code pid} ends, or at
   * once if that is not its parent any more.
   */
  static void stopWith(long pid) {
    Optional<ProcessHandle> parent =
        ProcessHandle.current().parent().filter(handle -> handle.pid() == pid);
    if (parent.isEmpty()) {
      stop(pid);
      return;
    }
    var unused = parent.get().onExit().thenRun(() -> stop(pid));
  }

  private static void stop(long pid) {
    LOG.info("parent {} is gone, stopping", pid);
    System.exit(1);
  }
}

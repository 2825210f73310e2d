package io.tributary.cli;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a service whose parent is gone: a demo that was killed with SIGKILL runs no shutdown hook,
 * and its coordinator and sites must not outlive it.
 */
final class ParentWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ParentWatch.class);

  private ParentWatch() {}

  /** Has this process end in order (its shutdown hooks run) when its present parent ends. */
  static void stopWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(
            parent -> {
              var unused =
                  parent
                      .onExit()
                      .thenRun(
                          () -> {
                            LOG.info("parent {} is gone, stopping", parent.pid());
                            System.exit(1);
                          });
            });
  }
}

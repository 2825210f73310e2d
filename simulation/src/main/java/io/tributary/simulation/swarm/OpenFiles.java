package io.tributary.simulation.swarm;

import io.tributary.common.config.UserErrorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a process may hold as many files and sockets as a swarm needs: found out before anything
 * starts, because afterwards it would look like a fault of the coordinator.
 */
final class OpenFiles {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files\\s+(\\d+)\\s");

  /** Jars, logs, event loops, the ledger. */
  private static final int BESIDE_CLIENTS = 256;

  /** In the coordinator: a socket and a spool. */
  private static final int PER_CLIENT = 2;

  private OpenFiles() {}

  /** Returns how many a coordinator of so many clients may need at once. */
  static int needed(int clients) {
    return BESIDE_CLIENTS + PER_CLIENT * clients;
  }

  /**
   * Checks the limit, which the coordinator's process inherits; where there is no Linux to tell it,
   * nothing is checked.
   *
   * @throws UserErrorException naming both numbers and what to do
   */
  static void require(int clients) {
    String text;
    try {
      text = Files.readString(LIMITS, StandardCharsets.UTF_8);
    } catch (IOException notLinux) {
      return;
    }
    Matcher matcher = OPEN_FILES.matcher(text); // it may also say "unlimited"
    if (matcher.find() && Long.parseLong(matcher.group(1)) < needed(clients)) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          "a process may have "
              + matcher.group(1)
              + " open files here but a swarm of "
              + clients
              + " clients needs "
              + needed(clients)
              + ": raise it with ulimit -n "
              + needed(clients)
              + ", or lower --clients");
    }
  }
}

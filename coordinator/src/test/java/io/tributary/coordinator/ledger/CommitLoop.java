package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that commits uploads until it is killed, and says each time that one is durable: a line
 * of the site's name and a full stop, so that a torn line is not taken for a whole one.
 */
final class CommitLoop {
  private CommitLoop() {}

  /** The home, and what its sites are called. */
  public static void main(String[] args) {
    Path home = Path.of(args[0]);
    Ledger ledger = SqliteLedger.open(home.resolve("ledger.db"), home.resolve("native"));
    if (ledger.runs().isEmpty()) {
      Rows.beginRound(ledger);
    }
    for (int i = 0; ; i++) {
      SiteName site = new SiteName(args[1] + "-" + i);
      ledger.commitUpload(Rows.upload(1, 1, site, "u"));
      System.out.println(site + ".");
    }
  }

  /** Starts one, kills it after some commits, and returns the sites that it named. */
  static List<SiteName> runAndKill(Path home, String sites, int commits) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                CommitLoop.class.getName(),
                home.toString(),
                sites)
            .redirectError(new File("/dev/null"))
            .start();
    List<SiteName> named = new ArrayList<>();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      read(out, named, commits);
      process.toHandle().destroyForcibly(); // the process itself would close what it has said
      read(out, named, Integer.MAX_VALUE);
    } finally {
      process.destroyForcibly().waitFor();
    }
    return named;
  }

  private static void read(BufferedReader out, List<SiteName> named, int atMost)
      throws IOException {
    while (named.size() < atMost) {
      String line = out.readLine();
      if (line == null || !line.endsWith(".")) {
        return;
      }
      named.add(new SiteName(line.substring(0, line.length() - 1)));
    }
  }
}

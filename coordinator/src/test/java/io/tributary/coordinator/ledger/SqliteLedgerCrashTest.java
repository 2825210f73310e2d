package io.tributary.coordinator.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SqliteLedgerCrashTest {
  @TempDir Path home;

  @Test
  @Timeout(120)
  void hasEveryUploadWhoseCommitReturnedBeforeAKill() throws Exception {
    List<UploadRow> before = new ArrayList<>();
    List<SiteName> named = new ArrayList<>();
    for (int kill = 0; kill < 3; kill++) {
      List<SiteName> now = CommitLoop.runAndKill(home, "kill" + kill, 10 + 30 * kill);
      assertThat(now).hasSizeGreaterThanOrEqualTo(10 + 30 * kill);
      named.addAll(now);
      try (Ledger ledger = SqliteLedger.open(home.resolve("ledger.db"), home.resolve("native"))) {
        List<UploadRow> rows = ledger.uploads(Rows.RUN, 1);
        assertThat(rows.subList(0, before.size())).isEqualTo(before);
        assertThat(rows).extracting(UploadRow::site).containsAll(named).doesNotHaveDuplicates();
        // At most one more a kill: durable, but killed before it could say so.
        assertThat(rows).hasSizeLessThanOrEqualTo(named.size() + kill + 1);
        before = rows;
      }
    }
  }
}

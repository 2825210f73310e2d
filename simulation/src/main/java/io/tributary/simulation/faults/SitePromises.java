package io.tributary.simulation.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.UploadRow;
import io.tributary.simulation.faults.Violation.Promise;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the sites hold in their hands when all is over. */
final class SitePromises {
  private final Simulation world;
  private final List<SimulatedSite> sites;

  SitePromises(Simulation world, List<SimulatedSite> sites) {
    this.world = world;
    this.sites = sites;
  }

  /** The first site that has not got what it is owed. */
  Optional<Violation> unsettled(RunRow run) {
    for (SimulatedSite site : sites) {
      Optional<String> lacks = lacks(site, run);
      if (lacks.isPresent()) {
        return Optional.of(new Violation(Promise.SITES_SETTLE, site + " " + lacks.get()));
      }
    }
    return lackingReceipt(run);
  }

  private Optional<String> lacks(SimulatedSite site, RunRow run) {
    if (!site.isUp()) {
      return Optional.of("is not up");
    }
    if (world.schedule.twin() && world.schedule.noisy()) {
      // Of two processes with one certificate and noise, one holds an update that never counts, and
      // offers it again and again.
      return Optional.empty();
    }
    List<String> outbox = site.disk.names("/home/outbox");
    if (outbox.contains("entry")) { // without one, what is there is deleted at the next start
      return Optional.of("still has in its outbox " + outbox);
    }
    int last = world.rows.head(run.runId()).map(ModelRow::round).orElse(-1);
    List<SignedStatement> log = world.rows.log(run.runId(), 0, last + 1);
    List<SignedStatement> known = log(site, run);
    if (!known.equals(log.subList(0, Math.min(known.size(), log.size())))) {
      return Optional.of("has another log than the coordinator");
    }
    return known.size() < log.size()
        ? Optional.of("has " + known.size() + " of " + log.size() + " log entries")
        : Optional.empty();
  }

  private static List<SignedStatement> log(SimulatedSite site, RunRow run) {
    List<SignedStatement> entries = new ArrayList<>();
    byte[] file = site.disk.content("/home/log/" + run.runId() + ".tlog").orElse(new byte[0]);
    ByteArrayInputStream in = new ByteArrayInputStream(file);
    try {
      for (SignedStatement next = SignedStatement.parseDelimitedFrom(in);
          next != null;
          next = SignedStatement.parseDelimitedFrom(in)) {
        entries.add(next);
      }
    } catch (InvalidProtocolBufferException e) {
      return entries; // half written: asked for again
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  /** Every folded update's site, or its twin, has the receipt, the very bytes of the row. */
  private Optional<Violation> lackingReceipt(RunRow run) {
    Map<SiteName, List<SimulatedSite>> byName = new HashMap<>();
    for (SimulatedSite site : sites) {
      byName.computeIfAbsent(site.site, name -> new ArrayList<>()).add(site);
    }
    int last = world.rows.head(run.runId()).map(ModelRow::round).orElse(0);
    for (int round = 1; round <= last; round++) {
      for (UploadRow row : world.rows.uploads(run.runId(), round)) {
        String path = "/home/receipts/%s/%d.receipt".formatted(run.runId(), round);
        byte[] receipt = row.receipt().toByteArray();
        boolean held =
            byName.get(row.site()).stream()
                .anyMatch(
                    site ->
                        site.disk
                            .content(path)
                            .filter(bytes -> Arrays.equals(bytes, receipt))
                            .isPresent());
        if (row.state() == UploadRow.State.FOLDED && !held) {
          return Optional.of(
              new Violation(
                  Promise.SITES_SETTLE,
                  row.site() + " has no receipt for round " + round + ", which folded its update"));
        }
      }
    }
    return Optional.empty();
  }
}

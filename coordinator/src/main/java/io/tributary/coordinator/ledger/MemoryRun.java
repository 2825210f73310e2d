package io.tributary.coordinator.ledger;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.UploadRow.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Everything a {@link MemoryLedger} knows of one run. Guarded by the ledger. */
final class MemoryRun {
  final List<ModelRow> models = new ArrayList<>();
  final List<SignedStatement> log = new ArrayList<>();
  private RunRow row;
  private final Map<Integer, TreeMap<Integer, AttemptRow>> attempts = new HashMap<>();
  private final Map<Integer, List<UploadRow>> uploads = new HashMap<>();
  private final TreeMap<Integer, TreeMap<Integer, String>> records = new TreeMap<>();

  MemoryRun(RunRow row) {
    this.row = row;
  }

  RunRow row() {
    return row;
  }

  /** Its end takes every COMMITTED upload with it. */
  void move(RunState state, String reason) {
    row = row.in(state, reason);
    if (state.isEnded()) {
      for (int round : uploads.keySet()) {
        settle(round, State.DISCARDED, reason, upload -> true);
      }
    }
  }

  Optional<ModelRow> head() {
    return models.isEmpty() ? Optional.empty() : Optional.of(models.get(models.size() - 1));
  }

  Optional<AttemptRow> newestAttempt(int round) {
    TreeMap<Integer, AttemptRow> ofRound = attempts.get(round);
    return ofRound == null ? Optional.empty() : Optional.of(ofRound.lastEntry().getValue());
  }

  /** Adds or replaces; tasks are kept by name. */
  void put(AttemptRow attempt) {
    List<TaskRow> byName =
        attempt.tasks().stream().sorted(Comparator.comparing(TaskRow::site)).toList();
    attempts
        .computeIfAbsent(attempt.round(), round -> new TreeMap<>())
        .put(
            attempt.attempt(),
            new AttemptRow(
                attempt.round(),
                attempt.attempt(),
                attempt.phase(),
                attempt.baseDigest(),
                attempt.elapsedMillis(),
                attempt.reason(),
                byName));
  }

  void add(UploadRow upload) {
    uploads.computeIfAbsent(upload.round(), round -> new ArrayList<>()).add(upload);
  }

  List<UploadRow> uploads(int round) {
    return List.copyOf(uploads.getOrDefault(round, List.of()));
  }

  Optional<UploadRow> upload(int round, SiteName site) {
    List<UploadRow> ofSite =
        uploads(round).stream().filter(upload -> upload.site().equals(site)).toList();
    return ofSite.stream()
        .filter(upload -> stands(upload.state()))
        .findFirst()
        .or(() -> ofSite.stream().reduce((older, newer) -> newer));
  }

  Optional<UploadRow> standing(int round, SiteName site) {
    return upload(round, site).filter(upload -> stands(upload.state()));
  }

  Set<SiteName> committed(int round) {
    Set<SiteName> sites = new HashSet<>();
    for (UploadRow upload : uploads(round)) {
      if (upload.state() == State.COMMITTED) {
        sites.add(upload.site());
      }
    }
    return sites;
  }

  /** Takes those COMMITTED uploads of a round that match to another state. */
  void settle(int round, State state, String reason, Predicate<UploadRow> which) {
    uploads.computeIfPresent(
        round,
        (key, ofRound) -> {
          ofRound.replaceAll(
              upload ->
                  upload.state() == State.COMMITTED && which.test(upload)
                      ? upload.in(state, reason)
                      : upload);
          return ofRound;
        });
  }

  void addRecord(int round, int attempt, String json) {
    records.computeIfAbsent(round, key -> new TreeMap<>()).putIfAbsent(attempt, json);
  }

  List<String> records() {
    return records.values().stream().flatMap(ofRound -> ofRound.values().stream()).toList();
  }

  private static boolean stands(State state) {
    return state == State.COMMITTED || state == State.FOLDED;
  }
}

package io.tributary.coordinator.job;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiConsumer;

/**
 * What sites say while a restarted coordinator still reads its ledger and spools: answered then, a
 * site with an update in its outbox would hear that its round is over. Confined to the owner's
 * thread.
 */
final class HeldMessages {
  /** A site that waits for an answer sends no more than these; of others the rest is ignored. */
  static final int MAX_PER_SITE = 4;

  private final Map<SiteName, Queue<Envelope>> held = new HashMap<>();

  void hold(SiteName site, Envelope message) {
    Queue<Envelope> queue = held.computeIfAbsent(site, key -> new ArrayDeque<>());
    if (!message.hasTaskProgress() && queue.size() < MAX_PER_SITE) {
      queue.add(message);
    }
  }

  /** The connection is gone and its messages with it. */
  void forget(SiteName site) {
    held.remove(site);
  }

  void release(BiConsumer<SiteName, Envelope> taker) {
    Map<SiteName, List<Envelope>> released = new HashMap<>();
    held.forEach((site, queue) -> released.put(site, new ArrayList<>(queue)));
    held.clear();
    released.forEach((site, messages) -> messages.forEach(message -> taker.accept(site, message)));
  }
}

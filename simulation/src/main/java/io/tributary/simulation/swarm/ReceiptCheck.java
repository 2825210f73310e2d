package io.tributary.simulation.swarm;

import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementException;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.Digest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks what every client was promised, after the rounds: that each has one receipt a round,
 * signed under the federation's root, for the update and the weight that it sent.
 */
final class ReceiptCheck {
  private final CertifiedVerifier verifier;
  private final List<SiteName> names;
  private final Deltas deltas;
  private final Manifests manifests;

  ReceiptCheck(
      CertifiedVerifier verifier, List<SiteName> names, Deltas deltas, Manifests manifests) {
    this.verifier = verifier;
    this.names = List.copyOf(names);
    this.deltas = deltas;
    this.manifests = manifests;
  }

  /**
   * Checks them.
   *
   * @return how many are good
   * @throws SwarmFailedException naming the first that is not, or says another thing
   */
  int check(List<SwarmEvents.TakenReceipt> receipts) throws SwarmFailedException {
    Set<List<Integer>> seen = new HashSet<>();
    for (SwarmEvents.TakenReceipt taken : receipts) {
      int client = taken.client();
      SiteName site = names.get(client);
      Receipt receipt;
      try {
        receipt = verifier.receipt(taken.statement());
      } catch (StatementException e) {
        throw new SwarmFailedException(
            "the receipt of " + site + " for " + taken.task() + ": " + e.getMessage());
      }
      Digest sent = manifests.of(client, taken.task().round()).digest();
      if (!receipt.task().equals(taken.task())
          || !receipt.site().equals(site)
          || !receipt.updateDigest().equals(sent)
          || receipt.weight() != deltas.weight(client)) {
        throw new SwarmFailedException(
            "%s sent update %s with weight %d for %s, but its receipt says %s"
                .formatted(site, sent.shortHex(), deltas.weight(client), taken.task(), receipt));
      }
      if (!seen.add(List.of(client, taken.task().round()))) {
        throw new SwarmFailedException(site + " got two receipts for " + taken.task());
      }
    }
    return seen.size();
  }
}

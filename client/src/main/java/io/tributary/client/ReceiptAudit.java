package io.tributary.client;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.tls.PemFiles;
import io.tributary.common.tls.SiteName;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Holds the coordinator to what it signed: was each update of this site that it gave a receipt for
 * counted once, with its weight? The content of {@code tributary client receipts verify}.
 *
 * <p>Reads the home only, and changes nothing in it, so the agent may run meanwhile. Everything is
 * verified to the root: each receipt, and each log whole, entry by entry.
 */
public final class ReceiptAudit {
  /** What became of an update with a receipt; from good to bad. */
  public enum Verdict {
    /** The log holds it once, with the receipt's digest and weight. */
    COUNTED,
    /** The log does not reach its round: not published yet, not received yet, or no model came. */
    PENDING,
    /** The receipt, or the log, contradicts itself, the other, or its signature. */
    CONTRADICTION
  }

  /**
   * One receipt and what became of it.
   *
   * @param run run id
   * @param round whose update
   * @param attempt of the round; null when the receipt cannot be read
   * @param updateDigest digest of the update's manifest; null when the receipt cannot be read
   * @param weight of the update; null when the receipt cannot be read
   * @param pseudonym this site's name in the run's log; null when the receipt cannot be read
   * @param committedAt by the coordinator's clock, ISO 8601; null when the receipt cannot be read
   * @param verdict what became of it; null when only listed
   * @param detail in words
   */
  public record Finding(
      String run,
      int round,
      Integer attempt,
      String updateDigest,
      Long weight,
      String pseudonym,
      String committedAt,
      Verdict verdict,
      String detail) {}

  private final SiteName site;
  private final SiteHome home;
  private final StatementVerifier verifier;
  private final ReceiptStore receipts;

  private ReceiptAudit(SiteName site, SiteHome home, StatementVerifier verifier) {
    this.site = site;
    this.home = home;
    this.verifier = verifier;
    this.receipts = new ReceiptStore(home.receipts(), site, verifier);
  }

  /**
   * Reads a site's name and its federation's root. Neither needs to be in date: a receipt proves as
   * much in ten years.
   *
   * @throws UserErrorException if they cannot be read
   */
  public static ReceiptAudit of(SiteConfig config) {
    String ca = config.tls().ca();
    List<X509Certificate> root = PemFiles.certificates(Path.of(ca));
    if (root.size() != 1) {
      throw new UserErrorException(
          UserErrorException.Kind.FAILED,
          ca + " has " + root.size() + " certificates but must have the federation's root alone");
    }
    return of(SiteIdentity.nameOf(config), config.homePath(), new CertifiedVerifier(root.get(0)));
  }

  /** For a site with this name and home. */
  static ReceiptAudit of(SiteName site, Path home, StatementVerifier verifier) {
    return new ReceiptAudit(site, SiteHome.at(home), verifier);
  }

  /** Whose receipts. */
  public SiteName site() {
    return site;
  }

  /**
   * Every receipt, verified by itself only.
   *
   * @throws IOException if the home cannot be read
   */
  public List<Finding> list() throws IOException {
    List<Finding> findings = new ArrayList<>();
    for (ReceiptStore.Entry entry : receipts.list()) {
      try {
        findings.add(finding(entry, receipts.read(entry), null, "valid"));
      } catch (StatementException e) {
        findings.add(unbelievable(entry, e));
      }
    }
    return findings;
  }

  /**
   * Every receipt, held against the log of its run.
   *
   * @throws IOException if the home cannot be read
   */
  public List<Finding> verify() throws IOException {
    List<Finding> findings = new ArrayList<>();
    List<ReceiptStore.Entry> all = receipts.list();
    for (int from = 0; from < all.size(); ) {
      int to = from;
      while (to < all.size() && all.get(to).run().equals(all.get(from).run())) {
        to++;
      }
      findings.addAll(verifyRun(all.get(from).run(), all.subList(from, to)));
      from = to;
    }
    return findings;
  }

  private List<Finding> verifyRun(String run, List<ReceiptStore.Entry> entries) throws IOException {
    List<Finding> findings = new ArrayList<>();
    Map<ReceiptStore.Entry, Receipt> valid = new LinkedHashMap<>();
    for (ReceiptStore.Entry entry : entries) {
      try {
        valid.put(entry, receipts.read(entry));
      } catch (StatementException e) {
        findings.add(unbelievable(entry, e));
      }
    }
    RunAudit audit = RunAudit.of(run, home, verifier, List.copyOf(valid.values()));
    valid.forEach((entry, receipt) -> findings.add(judged(entry, receipt, audit)));
    findings.sort(Comparator.comparing(Finding::round));
    return findings;
  }

  private static Finding judged(ReceiptStore.Entry entry, Receipt receipt, RunAudit audit) {
    Optional<String> contradiction =
        entry.conflict()
            ? Optional.of("the coordinator signed another receipt for this round before")
            : audit.contradiction(receipt);
    if (contradiction.isPresent()) {
      return finding(entry, receipt, Verdict.CONTRADICTION, contradiction.get());
    }
    return audit.reaches(receipt)
        ? finding(entry, receipt, Verdict.COUNTED, "counted once with weight " + receipt.weight())
        : finding(entry, receipt, Verdict.PENDING, audit.whyNotYet(receipt));
  }

  private static Finding finding(
      ReceiptStore.Entry entry, Receipt receipt, Verdict verdict, String detail) {
    return new Finding(
        entry.run(),
        entry.round(),
        receipt.task().attempt(),
        receipt.updateDigest().hex(),
        receipt.weight(),
        receipt.pseudonym(),
        receipt.committedAt().toString(),
        verdict,
        detail);
  }

  private static Finding unbelievable(ReceiptStore.Entry entry, StatementException why) {
    return new Finding(
        entry.run(),
        entry.round(),
        null,
        null,
        null,
        null,
        null,
        Verdict.CONTRADICTION,
        "not a valid receipt of this site: " + why.getMessage() + " (" + entry.file() + ")");
  }
}

package io.tributary.cli;

import com.google.protobuf.ByteString;
import io.tributary.common.notary.Ed25519Notary;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.Pseudonyms;
import io.tributary.common.notary.StatementBodies;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.v1.LogEntryBody;
import io.tributary.common.wire.v1.SignedStatement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A log as the coordinator of a federation would have signed it, of sites that never were. */
final class SignedRun {
  static final String RUN_ID = "job.01234567";
  static final ByteString PSEUDONYM_KEY = ByteString.copyFrom(new byte[Pseudonyms.KEY_BYTES]);

  private final TlsMaterial signer;
  private final Digest jobDigest;
  private final List<SignedStatement> entries = new ArrayList<>();
  private final Pseudonyms pseudonyms = new Pseudonyms(PSEUDONYM_KEY);

  private SignedRun(Path pki, Digest jobDigest) {
    this.signer = TlsMaterial.loadReceipts(pki, Clock.systemUTC());
    this.jobDigest = jobDigest;
  }

  /** Signs entry 0 and so many rounds with the receipt key in a directory of certificates. */
  static SignedRun of(Path pki, int rounds) {
    return of(pki, rounds, digest("job"));
  }

  static SignedRun of(Path pki, int rounds, Digest jobDigest) {
    SignedRun run = new SignedRun(pki, jobDigest);
    Notary notary = run.notary();
    for (int round = 0; round <= rounds; round++) {
      run.entries.add(notary.sign(run.entry(round)));
    }
    return run;
  }

  static Digest digest(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  Notary notary() {
    return new Ed25519Notary(signer);
  }

  List<SignedStatement> entries() {
    return entries;
  }

  String pseudonym(String site) {
    return pseudonyms.of(new SiteName(site));
  }

  private LogEntry entry(int round) {
    boolean first = round == 0;
    return new LogEntry(
        RUN_ID,
        round,
        first ? LogEntry.NOTHING : StatementBodies.hash(entries.get(round - 1)),
        jobDigest,
        first ? 0 : 1,
        first ? LogEntry.NOTHING : digest("model " + (round - 1)),
        first ? List.of() : folded(round),
        first
            ? List.of()
            : List.of(
                new LogEntry.Dropped(pseudonym("west"), "late", "still training at the deadline")),
        digest("model " + round),
        Instant.now());
  }

  private List<LogEntry.Folded> folded(int round) {
    return Stream.of("north", "south")
        .map(site -> new LogEntry.Folded(pseudonym(site), digest(site + round), 100))
        .sorted(Comparator.comparing(LogEntry.Folded::pseudonym))
        .toList();
  }

  /** Entry 0 as a later version might write it, signed all the same. */
  SignedStatement ofFormat(int format) {
    try {
      ByteString body =
          LogEntryBody.parseFrom(entries.get(0).getBody()).toBuilder()
              .setFormat(format)
              .build()
              .toByteString();
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(signer.key());
      signature.update(
          ByteString.copyFromUtf8("tributary log entry v1\0").concat(body).toByteArray());
      return entries.get(0).toBuilder()
          .setBody(body)
          .setSignature(ByteString.copyFrom(signature.sign()))
          .build();
    } catch (GeneralSecurityException | com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}

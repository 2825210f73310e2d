package io.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tributary.certs.CertificateAuthority;
import io.tributary.certs.HostNames;
import io.tributary.certs.Validity;
import io.tributary.cli.log.LedgerAgreement;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.LocalTraining;
import io.tributary.common.job.ModelSpec;
import io.tributary.common.job.RoundRules;
import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.LogEntry;
import io.tributary.common.notary.Receipt;
import io.tributary.common.notary.StatementException;
import io.tributary.common.notary.StatementVerifier;
import io.tributary.common.tls.SiteName;
import io.tributary.common.tls.TlsMaterial;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import io.tributary.coordinator.ledger.Ledger;
import io.tributary.coordinator.ledger.MemoryLedger;
import io.tributary.coordinator.ledger.ModelRow;
import io.tributary.coordinator.ledger.Publication;
import io.tributary.coordinator.ledger.RunRow;
import io.tributary.coordinator.ledger.RunState;
import io.tributary.coordinator.ledger.TaskRow;
import io.tributary.coordinator.ledger.UploadRow;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that say something else than the signed log, each in its own way. */
class LedgerAgreementTest {
  private static final JobSpec JOB =
      new JobSpec(
          "job",
          3L,
          2,
          null,
          new ModelSpec(null, 256, 4, 1, 2, 8, 4),
          null,
          new LocalTraining(null, 0.1, null, null, null, null, 4, 1, null),
          new RoundRules(2, 1.0, 1, null, null, null, null, null),
          null);

  @TempDir Path pki;
  private StatementVerifier verifier;
  private SignedRun signed;
  private RunRow run =
      new RunRow(
          SignedRun.RUN_ID,
          "job",
          JOB,
          RunState.QUEUED,
          "",
          SignedRun.PSEUDONYM_KEY,
          Instant.parse("2026-01-01T00:00:00Z"));
  private Ledger ledger = new MemoryLedger();

  /** What is put into the rows of round 1; the log says weight 100 of north and south. */
  private long weightInRow = 100;

  private long weightInReceipt = 100;
  private String modelInRow = "model 1";
  private Optional<String> stateInRow = Optional.empty();

  @BeforeEach
  void sign() {
    new CertificateAuthority(pki, Clock.systemUTC(), Validity.DEFAULT).init(HostNames.LOCAL, false);
    verifier = new CertifiedVerifier(TlsMaterial.loadRoot(pki.resolve("ca.pem")));
    signed = SignedRun.of(pki, 1, Digest.sha256(JOB.toJson()));
  }

  private LogEntry entry(int sequence) throws StatementException {
    return verifier.entry(signed.entries().get(sequence));
  }

  /** Rows of entry 0 and round 1, and the comparison with the log. */
  private LedgerAgreement agreement() {
    boolean unusedAdded = ledger.addRun(run);
    ledger.publishInitial(run.runId(), model(0, "model 0"), signed.entries().get(0));
    ledger.openAttempt(
        run.runId(),
        1,
        1,
        SignedRun.digest("model 0").hex(),
        List.of(
            new TaskRow(new SiteName("north"), 1, TaskRow.WORKING, "", 0),
            new TaskRow(new SiteName("south"), 1, TaskRow.WORKING, "", 0)));
    for (String site : new String[] {"north", "south"}) {
      var unusedResult = ledger.commitUpload(upload(new SiteName(site)));
    }
    ledger.closeAttempt(
        run.runId(),
        1,
        1,
        "quorum",
        Set.of(new SiteName("north"), new SiteName("south")),
        List.of());
    ledger.publish(
        new Publication(
            run.runId(),
            1,
            1,
            new ModelRow(1, SignedRun.digest(modelInRow).hex(), stateInRow),
            signed.entries().get(1)));
    return new LedgerAgreement(ledger, run, verifier);
  }

  private static ModelRow model(int round, String weights) {
    return new ModelRow(round, SignedRun.digest(weights).hex(), Optional.empty());
  }

  private UploadRow upload(SiteName site) {
    Digest update = SignedRun.digest(site + "1");
    SignedStatement receipt =
        signed
            .notary()
            .sign(
                new Receipt(
                    new TaskId(run.runId(), 1, 1, TaskId.Kind.TRAIN),
                    site,
                    signed.pseudonym(site.value()),
                    update,
                    weightInReceipt,
                    SignedRun.digest("model 0"),
                    Clock.systemUTC().instant()));
    return new UploadRow(
        run.runId(),
        1,
        site,
        1,
        update.hex(),
        1000,
        512,
        weightInRow,
        Map.of(),
        UploadRow.State.COMMITTED,
        "",
        receipt);
  }

  private AbstractThrowableAssert<?, ?> disagreement(LedgerAgreement agreement, int sequence) {
    return assertThatThrownBy(() -> agreement.require(entry(sequence)))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("round " + sequence)
        .hasMessageContaining("the ledger's rows disagree with it")
        .hasMessageContaining("Nothing was changed");
  }

  @Test
  void rowsThatSayTheSameAgree() throws StatementException {
    LedgerAgreement agreement = agreement();
    agreement.require(entry(0));
    agreement.require(entry(1));
    agreement.requireNoMore(2);
    assertThat(agreement.receipts()).isEqualTo(2);
  }

  @Test
  void aJobThatAnOlderVersionSpeltOtherwiseIsTheOneThatWasSigned() throws StatementException {
    ByteString spelt = ByteString.copyFromUtf8(" ").concat(run.jobJson());
    signed = SignedRun.of(pki, 1, Digest.sha256(spelt.toByteArray()));
    run =
        new RunRow(
            run.runId(),
            run.name(),
            JOB,
            spelt,
            run.state(),
            run.reason(),
            run.pseudonymKey(),
            run.submittedAt());
    LedgerAgreement agreement = agreement();
    agreement.require(entry(0));
    agreement.require(entry(1));
  }

  @Test
  void anotherModelInTheRowsIsFound() {
    modelInRow = "another model";
    disagreement(agreement(), 1)
        .hasMessageContaining("the row names model " + SignedRun.digest("another model").hex());
  }

  @Test
  void anotherOptimizerStateInTheRowsIsFound() {
    String state = SignedRun.digest("state").hex();
    stateInRow = Optional.of(state);
    disagreement(agreement(), 1)
        .hasMessageContaining("the row names optimizer state " + state + ", the entry none");
  }

  @Test
  void anotherWeightInTheRowsIsFound() {
    weightInRow = 99;
    disagreement(agreement(), 1).hasMessageContaining("the folded updates are not the entry's");
  }

  @Test
  void aReceiptWithAnotherWeightIsFound() {
    weightInReceipt = 1;
    disagreement(agreement(), 1)
        .hasMessageContaining("the receipt of site")
        .hasMessageContaining("is for another update");
  }

  @Test
  void anotherJobInTheRowsIsFound() {
    signed = SignedRun.of(pki, 1, SignedRun.digest("another job"));
    disagreement(agreement(), 0)
        .hasMessageContaining("job is another than the one that was signed");
  }

  @Test
  void aModelBeyondTheLogsEndIsFound() {
    Ledger published = ledger;
    LedgerAgreement unusedAgreement = agreement();
    Ledger withAnotherHead =
        (Ledger)
            Proxy.newProxyInstance(
                Ledger.class.getClassLoader(),
                new Class<?>[] {Ledger.class},
                (proxy, method, arguments) ->
                    method.getName().equals("head")
                        ? Optional.of(model(2, "model 2"))
                        : method.invoke(published, arguments));
    assertThatThrownBy(() -> new LedgerAgreement(withAnotherHead, run, verifier).requireNoMore(2))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("a model of which the log has no entry");
  }
}

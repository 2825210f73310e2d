package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.client.data.DataSource;
import io.tributary.client.train.ModelTrainer;
import io.tributary.common.config.ConfigReader;
import io.tributary.common.job.JobSpec;
import io.tributary.common.model.InitialWeights;
import io.tributary.common.wire.v1.Envelope.MessageCase;
import io.tributary.common.wire.v1.UploadOffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A running site, with the real trainer, whose labelled table changes between rounds. */
@Timeout(120)
@ExtendWith(NoLeaks.class)
final class SiteDataChangeTest {
  private static final JobSpec JOB =
      ConfigReader.readYamlText(
          """
          name: tiny
          rounds: 5
          model:
            {width: 8, layers: 1, heads: 2, feed-forward-width: 16, context-length: 8,
             stack: encoder, head: {kind: classification, classes: 2}}
          data: {classes: [ham, spam], held-out-share: 0.2}
          local: {learning-rate: 0.01, batch-size: 4, steps: 2}
          round: {cohort: 1}
          """
              .getBytes(StandardCharsets.UTF_8),
          JobSpec.class,
          "the test");

  @TempDir private Path directory;

  private Path table;

  private void write(int rows, String end) throws Exception {
    StringBuilder text = new StringBuilder("body,kind\n");
    for (int i = 0; i < rows; i++) {
      text.append("text ").append(i).append(i % 2 == 0 ? ",ham\n" : ",spam\n");
    }
    // As a careful writer does it: never half a file under the name.
    Path beside = Files.writeString(directory.resolve("new.csv"), text + end);
    Files.move(beside, table, StandardCopyOption.REPLACE_EXISTING);
  }

  private static long weightOfNextUpdate(FakeCoordinator.Peer peer, int round) throws Exception {
    byte[] model = TestJobs.bytes(InitialWeights.create(JOB.model().config().layout(), round));
    peer.give(FakeCoordinator.train(round, 1), JOB, model);
    UploadOffer offer = peer.expect(MessageCase.UPLOAD_OFFER).getUploadOffer();
    peer.sendReceipt(offer);
    return offer.getWeight();
  }

  @Test
  void newRowsWeighInTheNextUpdateAndBrokenOnesNever() throws Exception {
    table = directory.resolve("mails.csv");
    write(40, "");
    DataSource source =
        new DataSource(table.toString(), null, List.of("body"), "kind", null, null, null, null);
    ModelTrainer trainer = ModelTrainer.watching(source, null);
    try (LogCapture log = new LogCapture("io.tributary.client.data");
        SiteUnderTest site = new SiteUnderTest(directory, trainer)) {
      FakeCoordinator.Peer peer = site.coordinator().awaitSite();

      long first = weightOfNextUpdate(peer, 1);
      assertThat(first).isBetween(20L, 39L);

      write(80, "");
      long grown = weightOfNextUpdate(peer, 2);
      assertThat(grown).isGreaterThan(first + 20);

      write(120, "\"cut off,ham\n");
      assertThat(weightOfNextUpdate(peer, 3)).isEqualTo(grown);
      assertThat(weightOfNextUpdate(peer, 4)).isEqualTo(grown);
      assertThat(log.lines())
          .filteredOn(line -> line.contains("the old stays in use"))
          .singleElement()
          .asString()
          .contains("line 122: quotes do not fit together");

      write(120, "");
      assertThat(weightOfNextUpdate(peer, 5)).isGreaterThan(grown + 20);
    }
  }
}

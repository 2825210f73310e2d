package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.TaskProgress;
import io.tributary.common.wire.v1.UploadCommit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldMessagesTest {
  private static final SiteName SITE = new SiteName("site");
  private static final Envelope COMMIT =
      Envelope.newBuilder().setUploadCommit(UploadCommit.getDefaultInstance()).build();
  private static final Envelope PROGRESS =
      Envelope.newBuilder().setTaskProgress(TaskProgress.getDefaultInstance()).build();

  private final HeldMessages held = new HeldMessages();
  private final List<Envelope> taken = new ArrayList<>();

  private List<Envelope> release() {
    held.release((site, message) -> taken.add(message));
    return taken;
  }

  @Test
  void keepsWhatASiteWaitsForOnceAndInBounds() {
    held.hold(SITE, PROGRESS);
    for (int i = 0; i < 10; i++) {
      held.hold(SITE, COMMIT);
    }
    assertThat(release()).hasSize(HeldMessages.MAX_PER_SITE).containsOnly(COMMIT);
    assertThat(release()).hasSize(HeldMessages.MAX_PER_SITE);
  }

  @Test
  void forgetsWhatCameOnAConnectionThatIsGone() {
    held.hold(SITE, COMMIT);
    held.forget(SITE);
    assertThat(release()).isEmpty();
  }
}

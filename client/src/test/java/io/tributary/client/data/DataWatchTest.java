package io.tributary.client.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.client.LogCapture;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.model.TextModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataWatchTest {
  private static final long LONG_MILLIS = 60_000;

  @TempDir private Path directory;

  private Path table(String rows) {
    return Readings.write(directory.resolve("mails.csv"), "body,kind\n" + rows);
  }

  private DataWatch open() {
    return DataWatch.open(
        Readings.csv(directory.resolve("mails.csv"), "body", "kind"), null, Readings.LIMITS);
  }

  private static int texts(SiteData data) {
    return data.by(TextModelConfig.BYTES).orElseThrow().count();
  }

  @Test
  void givesNewDataOnceAndNothingWhileNothingChanges() {
    table("a,x\n");
    try (DataWatch watch = open()) {
      assertThat(texts(watch.first())).isEqualTo(1);
      assertThat(watch.changed(LONG_MILLIS)).isEmpty();
      table("a,x\nb,x\n");
      assertThat(watch.changed(LONG_MILLIS).map(DataWatchTest::texts)).contains(2);
      assertThat(watch.changed(LONG_MILLIS)).isEmpty();
      assertThat(texts(watch.first())).isEqualTo(1);
    }
  }

  @Test
  void noticesAChangeThatKeepsTheSize() throws Exception {
    Path file = table("a,x\n");
    try (DataWatch watch = open()) {
      table("b,x\n");
      Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
      Optional<SiteData> changed = watch.changed(LONG_MILLIS);
      assertThat(changed).isPresent();
      assertThat(changed.orElseThrow().by(TextModelConfig.BYTES).orElseThrow().tokens().token(0))
          .isEqualTo('b');
    }
  }

  @Test
  void warnsOnceOfDataThatCannotBeUsedAndTakesItWhenItIsMended() {
    table("a,x\n");
    try (DataWatch watch = open();
        LogCapture log = new LogCapture(DataWatch.class.getName())) {
      table("a,x\n\"cut o");
      assertThat(watch.changed(LONG_MILLIS)).isEmpty();
      assertThat(watch.changed(LONG_MILLIS)).isEmpty();
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("the old stays in use")
          .contains("mails.csv line 3: quotes do not fit together");
      table("a,x\n\"cut off no more\",x\n");
      assertThat(watch.changed(LONG_MILLIS).map(DataWatchTest::texts)).contains(2);
    }
  }

  @Test
  void dataThatIsGoneIsWarnedOfOnceToo() throws Exception {
    Path file = table("a,x\n");
    try (DataWatch watch = open();
        LogCapture log = new LogCapture(DataWatch.class.getName())) {
      Files.delete(file);
      assertThat(watch.changed(LONG_MILLIS)).isEmpty();
      assertThat(watch.changed(LONG_MILLIS)).isEmpty();
      assertThat(log.lines()).singleElement().asString().contains("does not exist");
      table("a,x\nb,y\nc,z\n");
      assertThat(watch.changed(LONG_MILLIS).map(DataWatchTest::texts)).contains(3);
    }
  }

  @Test
  void doesNotWaitLongerThanItIsTold() {
    table("a,x\n");
    try (DataWatch watch = open()) {
      table("b,y\n".repeat(50_000));
      Optional<SiteData> atOnce = watch.changed(0);
      // Whether it was quick enough or not, the new data comes exactly once.
      Optional<SiteData> later = watch.changed(LONG_MILLIS);
      assertThat(atOnce.isPresent()).isNotEqualTo(later.isPresent());
      assertThat(texts(atOnce.or(() -> later).orElseThrow())).isEqualTo(50_000);
    }
  }

  @Test
  void dataThatCannotBeUsedAtTheStartIsAnError() {
    table("a\n");
    assertThatThrownBy(this::open).isInstanceOf(UserErrorException.class);
  }
}

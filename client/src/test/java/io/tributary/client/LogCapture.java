package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** What was logged under a name while this was open. */
public final class LogCapture extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private static final long WAIT_SECONDS = 20;

  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> unseen = new LinkedBlockingQueue<>();
  private final Logger logger;
  private final Level before;

  /** Listens to a logger, whose lines go nowhere else. */
  public LogCapture(String name) {
    logger = (Logger) LoggerFactory.getLogger(name);
    before = logger.getLevel();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    start();
    logger.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent event) {
    events.add(event);
    unseen.add(event.getFormattedMessage());
  }

  /** What was logged, in order. */
  public List<String> lines() {
    return events.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  /** Lines that came with a stack trace. */
  List<String> linesWithTrace() {
    return events.stream()
        .filter(event -> event.getThrowableProxy() != null)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  /** The next line, after those awaited before, that has this in it. */
  String await(String part) throws InterruptedException {
    while (true) {
      String line = unseen.poll(WAIT_SECONDS, TimeUnit.SECONDS);
      assertThat(line).as("a line with \"%s\" within %s s", part, WAIT_SECONDS).isNotNull();
      if (line.contains(part)) {
        return line;
      }
    }
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    logger.setLevel(before);
    logger.setAdditive(true);
    stop();
  }
}

package io.tributary.simulation.faults;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The tests' log: keeps those errors that must never be logged, for the thread that logged them. A
 * program that catches whatever it did not expect, logs it and goes on would hide its defects from
 * the simulator otherwise.
 */
public final class ErrorLog implements SLF4JServiceProvider {
  private static final int MAX_KEPT = 8;

  private static final List<String> FORBIDDEN =
      List.of(
          "internal error",
          "met a defect",
          "could not end in order",
          "has no summary",
          "THE COORDINATOR HAS SIGNED TWO");

  private static final ThreadLocal<List<String>> KEPT = ThreadLocal.withInitial(ArrayList::new);

  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter contexts = new NOPMDCAdapter();

  /** Returns what this thread has logged since it was asked last. */
  static List<String> take() {
    List<String> kept = List.copyOf(KEPT.get());
    KEPT.get().clear();
    return kept;
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return name -> new ErrorLogger();
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return contexts;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {}

  /** Hears of errors only. */
  private static final class ErrorLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return false;
    }

    @Override
    public boolean isWarnEnabled() {
      return false;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return ErrorLogger.class.getName();
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
      boolean forbidden = FORBIDDEN.stream().anyMatch(pattern::contains);
      if (forbidden && !isOfADeadProcess(cause) && KEPT.get().size() < MAX_KEPT) {
        KEPT.get().add(MessageFormatter.basicArrayFormat(pattern, arguments) + ": " + cause);
      }
    }

    /** Whatever runs on the way out of a killed process may say what it likes: nobody hears it. */
    private static boolean isOfADeadProcess(Throwable cause) {
      for (Throwable each = cause; each != null; each = each.getCause()) {
        if (each instanceof ProcessEnded) {
          return true;
        }
      }
      return false;
    }
  }
}

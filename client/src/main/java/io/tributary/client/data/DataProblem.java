package io.tributary.client.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * What is wrong with a site's data, for the site's own eyes: it may name files and labels.
 *
 * @param severity what follows from it
 * @param file where, or null
 * @param line row's first line, counted from 1, or null
 * @param message what is wrong and what to do
 */
public record DataProblem(Severity severity, String file, Long line, String message) {
  /** What follows from a problem. */
  public enum Severity {
    /** Nothing but that somebody should know. */
    @JsonProperty("warning")
    WARNING,
    /** The site would refuse the job. */
    @JsonProperty("refused")
    REFUSED,
    /** The site would not start. */
    @JsonProperty("unreadable")
    UNREADABLE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String toString() {
    return (file == null ? "" : file + (line == null ? "" : " line " + line) + ": ") + message;
  }
}

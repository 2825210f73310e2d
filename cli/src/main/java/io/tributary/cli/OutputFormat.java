package io.tributary.cli;

/** For whom a command prints. */
enum OutputFormat {
  /** People. */
  TEXT,
  /** Machines: one JSON object on the last line of standard output. */
  JSON
}

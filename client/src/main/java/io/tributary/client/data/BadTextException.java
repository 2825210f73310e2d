package io.tributary.client.data;

import java.io.IOException;

/** A file, or the rest of one, that cannot be made sense of; {@link DataReader} reports it. */
final class BadTextException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong and what to do. */
  BadTextException(String message) {
    super(message);
  }
}

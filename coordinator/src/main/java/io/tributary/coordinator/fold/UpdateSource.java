package io.tributary.coordinator.fold;

import java.io.IOException;

/** Where an accepted update can be read, as often as it is folded. */
@FunctionalInterface
public interface UpdateSource {
  /** Opens it for reading; the caller closes. */
  UpdateReader open() throws IOException;
}

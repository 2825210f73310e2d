package io.tributary.coordinator.fold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The updates of one fold, open for reading: a bounded number of them for the whole fold, any
 * others for one read at a time.
 */
final class OpenUpdates implements AutoCloseable {
  private final List<FoldInput> inputs;
  private final List<UpdateReader> open = new ArrayList<>();

  OpenUpdates(List<FoldInput> inputs) throws IOException {
    this.inputs = List.copyOf(inputs);
    boolean opened = false;
    try {
      for (FoldInput input : this.inputs) {
        if (open.size() == TiledFold.MAX_OPEN_UPDATES) {
          break;
        }
        open.add(input.update().open());
      }
      opened = true;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  int count() {
    return inputs.size();
  }

  long weight(int index) {
    return inputs.get(index).weight();
  }

  void read(int index, long offsetBytes, ByteBuffer into) throws IOException {
    if (index < open.size()) {
      open.get(index).read(offsetBytes, into);
      return;
    }
    try (UpdateReader reader = inputs.get(index).update().open()) {
      reader.read(offsetBytes, into);
    }
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (UpdateReader reader : open) {
      try {
        reader.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    open.clear();
    if (failure != null) {
      throw failure;
    }
  }
}

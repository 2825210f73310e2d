package io.tributary.coordinator.store;

import io.tributary.common.model.ModelDirectory;
import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One run's files. What counts is in the ledger; here are blobs, and copies for people.
 *
 * <pre>
 * runs/NAME/models/         a model directory: model.json is the head, DIGEST.f32 the weights,
 *                           DIGEST.state what the server's optimizer remembers
 *          /spool/          updates of the open round: ROUND.ATTEMPT/SITE.part
 *          /keys/           wrapped keys of enciphered spools: ROUND.key
 *          /kept/           folded updates, if they are kept for replay: ROUND/SITE.part
 *          /rounds.jsonl    one record an attempt
 * </pre>
 *
 * @param root {@code runs/NAME}
 */
public record RunDirectory(Path root) {
  /** Makes the directories that every run needs, durably; what exists stays as it is. */
  public void create() throws IOException {
    for (Path directory : List.of(models(), spool(), keys())) {
      DurableFiles.createOwnerOnlyDirectories(directory);
    }
    DurableFiles.syncDirectory(root);
    DurableFiles.syncDirectory(root.toAbsolutePath().getParent());
  }

  /** Returns the model directory. */
  public Path models() {
    return root.resolve("models");
  }

  /** Returns the model directory as one. */
  public ModelDirectory modelDirectory() {
    return new ModelDirectory(models());
  }

  /** Returns where updates are received. */
  public Path spool() {
    return root.resolve("spool");
  }

  /** Returns where the wrapped keys of spools are. */
  public Path keys() {
    return root.resolve("keys");
  }

  /** Returns where folded updates are kept for replay; made when the first is. */
  public Path kept() {
    return root.resolve("kept");
  }

  /** Returns the file of round records. */
  public Path rounds() {
    return root.resolve("rounds.jsonl");
  }
}

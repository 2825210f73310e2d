package io.tributary.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tributary model}: models as they lie on disk. No verb of it needs a connection. */
@Command(
    name = "model",
    description =
        "Import pretrained models, export models, and look at what is in a model directory.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ModelImportCommand.class,
      ModelDescribeCommand.class,
      ModelExportCommand.class,
      ModelShowCommand.class,
      ModelDiffCommand.class,
      ModelMergeCommand.class
    })
final class ModelCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }
}

package io.tributary.client;

import io.tributary.client.data.DataSource;
import io.tributary.client.data.NumericTable;
import io.tributary.client.process.ProcessCommand;
import io.tributary.client.process.ProcessTrainer;
import io.tributary.client.train.JobTrainers;
import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.ModelTrainer;
import io.tributary.client.train.ModelWork;
import io.tributary.client.train.NetworkTrainer;
import io.tributary.client.train.ProgramFile;
import io.tributary.common.config.UserErrorException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/** Opens what a site's file names: its texts for the family's models, and its trainers. */
public final class SiteTrainers {
  private static final String EXCHANGE = "trainers";

  private SiteTrainers() {}

  /**
   * Reads and checks all data and programs; starts no process and loads no numerical engine.
   *
   * @throws UserErrorException if something cannot be used
   */
  public static LocalTrainer open(SiteConfig config) {
    return open(config, ModelTrainer::watching);
  }

  /** The same, with the engine of a process that hosts other sites too. */
  static LocalTrainer open(SiteConfig config, ModelWork shared) {
    return open(config, (data, tokenizer) -> ModelTrainer.sharing(shared, data, tokenizer));
  }

  private static LocalTrainer open(
      SiteConfig config, BiFunction<DataSource, Path, ModelTrainer> family) {
    Map<String, LocalTrainer> byProgram = new LinkedHashMap<>();
    for (TrainerRules rules : config.trainers()) {
      ProgramFile program = ProgramFile.of(Path.of(rules.program()));
      if (byProgram.put(program.digest(), trainer(rules, program, config)) != null) {
        throw new UserErrorException(
            UserErrorException.Kind.USAGE,
            "trainers names program "
                + program.path()
                + " twice, or a copy of it: a job could not tell them apart");
      }
    }
    if (config.data() == null && byProgram.isEmpty()) {
      throw new UserErrorException(
          UserErrorException.Kind.USAGE,
          "this site has neither data nor trainers: state one of them, or open it with a trainer");
    }
    LocalTrainer texts =
        config.data() == null ? null : family.apply(config.data(), config.tokenizerPath());
    return byProgram.isEmpty() && texts != null ? texts : new JobTrainers(texts, byProgram);
  }

  private static LocalTrainer trainer(TrainerRules rules, ProgramFile program, SiteConfig config) {
    if (rules.kind() != TrainerRules.Kind.PROCESS) {
      return new NetworkTrainer(program, rules.kind().network(), NumericTable.read(rules.data()));
    }
    return new ProcessTrainer(
        program,
        ProcessCommand.of(
            rules.command(), Path.of(rules.directory()), rules.environment(), System.getenv()),
        rules.limits(),
        config.homePath().resolve(EXCHANGE).resolve(program.digest()),
        System::nanoTime);
  }
}

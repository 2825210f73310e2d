package io.tributary.client;

import io.tributary.client.train.LocalTrainer;
import io.tributary.client.train.ModelWork;

/**
 * The trainers of all sites of a process: each on its site's own data, all on one engine and one
 * memory of what a frozen encoder made of texts. Nothing of one site's task is left for another's:
 * results depend on task and data alone ({@link ModelWork}).
 */
final class SharedTrainers implements AgentOptions.TrainerFactory, AutoCloseable {
  private final ModelWork work = new ModelWork();

  @Override
  public LocalTrainer open(SiteConfig config) {
    return SiteTrainers.open(config, work);
  }

  /** Frees the engine. Called when no task runs. */
  @Override
  public void close() {
    work.close();
  }
}

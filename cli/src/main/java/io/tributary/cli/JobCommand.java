package io.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tributary.common.job.JobSpec;
import io.tributary.coordinator.AdminClient;
import io.tributary.coordinator.CoordinatorConfig;
import io.tributary.coordinator.JobDetails;
import io.tributary.coordinator.JobView;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tributary job}: asks a coordinator on this machine. */
@Command(
    name = "job",
    description = "Submit jobs to a coordinator on this machine, and see and steer them.",
    mixinStandardHelpOptions = true,
    subcommands = {
      JobCommand.Submit.class,
      JobCommand.ListAll.class,
      JobCommand.Show.class,
      JobCloneCommand.class,
      JobCommand.Pause.class,
      JobCommand.Resume.class,
      JobCommand.Stop.class,
      JobCommand.Status.class
    })
final class JobCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw Usage.verbMissing(spec);
  }

  /** What every question to a coordinator has in common. */
  abstract static class Question implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--config", required = true, description = "The coordinator's YAML file.")
    private Path config;

    @Option(names = "--output", description = "text or json. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.TEXT;

    final Path config() {
      return config;
    }

    /** Asks, and prints the answer for whom it is. */
    final <T> Integer ask(Function<AdminClient, T> question, BiConsumer<PrintWriter, T> print)
        throws JsonProcessingException {
      CoordinatorConfig coordinator = CoordinatorConfig.read(config);
      T answer = question.apply(new AdminClient(Path.of(coordinator.home())));
      PrintWriter out = spec.commandLine().getOut();
      if (output == OutputFormat.JSON) {
        out.println(new ObjectMapper().writeValueAsString(answer));
      } else {
        print.accept(out, answer);
      }
      out.flush();
      return 0;
    }
  }

  /** {@code job submit}. */
  @Command(
      name = "submit",
      description = "Submit a job: it runs as soon as a running coordinator has a slot free.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job submit --config coordinator.yaml --job job.yaml"})
  static final class Submit extends Question {
    @Option(names = "--job", required = true, description = "The job's YAML file.")
    private Path job;

    @Override
    public Integer call() throws JsonProcessingException {
      JobSpec spelled = JobSpec.read(job);
      return ask(admin -> admin.submit(spelled), JobTexts::line);
    }
  }

  /** {@code job list}. */
  @Command(
      name = "list",
      description = "Show every job of the coordinator's home, oldest first.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job list --config coordinator.yaml"})
  static final class ListAll extends Question {
    @Override
    public Integer call() throws JsonProcessingException {
      return this.<List<JobView>>ask(AdminClient::jobs, JobTexts::table);
    }
  }

  /** {@code job show}. */
  @Command(
      name = "show",
      description = "Show one job: rounds, sites, losses and where its model is.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job show --config coordinator.yaml first-job"})
  static final class Show extends Question {
    @Parameters(paramLabel = "NAME", description = "The job's name.")
    private String name;

    @Override
    public Integer call() throws JsonProcessingException {
      return this.<JobDetails>ask(admin -> admin.job(name), JobTexts::details);
    }
  }

  /** {@code job pause}. */
  @Command(
      name = "pause",
      description =
          "Hold a job back. What its sites work on is withdrawn; updates that were accepted stay.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job pause --config coordinator.yaml first-job"})
  static final class Pause extends Question {
    @Parameters(paramLabel = "NAME", description = "The job's name.")
    private String name;

    @Override
    public Integer call() throws JsonProcessingException {
      return ask(admin -> admin.pause(name), JobTexts::line);
    }
  }

  /** {@code job resume}. */
  @Command(
      name = "resume",
      description = "Let a paused job go on where it stood.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job resume --config coordinator.yaml first-job"})
  static final class Resume extends Question {
    @Parameters(paramLabel = "NAME", description = "The job's name.")
    private String name;

    @Override
    public Integer call() throws JsonProcessingException {
      return ask(admin -> admin.resume(name), JobTexts::line);
    }
  }

  /** {@code job stop}. */
  @Command(
      name = "stop",
      description = "End a job for good. Its newest model stays.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job stop --config coordinator.yaml first-job"})
  static final class Stop extends Question {
    @Parameters(paramLabel = "NAME", description = "The job's name.")
    private String name;

    @Override
    public Integer call() throws JsonProcessingException {
      return ask(admin -> admin.stop(name), JobTexts::line);
    }
  }

  /** {@code job status}. */
  @Command(
      name = "status",
      description = "Show round, sites and losses of the running job, or else of the newest one.",
      mixinStandardHelpOptions = true,
      footer = {"", "Example:", "  tributary job status --config coordinator.yaml"})
  static final class Status extends Question {
    @Override
    public Integer call() throws JsonProcessingException {
      return ask(AdminClient::status, JobTexts::status);
    }
  }
}

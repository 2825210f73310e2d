package io.tributary.client.train;

import io.tributary.client.data.SiteData;
import io.tributary.client.data.TextCopies;
import io.tributary.client.data.TextLengths;
import io.tributary.client.data.TokenizedTexts;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.Task;
import io.tributary.common.model.TextModelConfig;
import io.tributary.transformer.examples.SplitExamples;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a job makes of a site's data, for the site's own eyes: it names labels.
 *
 * @param job its name
 * @param task what is learned
 * @param contextLength most tokens that its model reads at once; null if the site does not know
 * @param trainingExamples windows or texts: the weight of an update; null if unknown
 * @param predictions that an evaluation on the held-out part asks for; null if unknown
 * @param stepsPerRound optimizer steps; null if unknown
 * @param textsCut texts that are longer than a model reads: classification alone
 * @param copiesAcrossSplit texts that judge while a copy of them is trained on
 * @param missingLabels classes of the job that no text here has
 * @param unknownLabels labels here that are no class of the job, with the number of texts of each
 * @param refusal why the site would refuse the job, as the coordinator would hear it, or null
 */
public record DataForJob(
    String job,
    String task,
    Integer contextLength,
    Long trainingExamples,
    Long predictions,
    Long stepsPerRound,
    Integer textsCut,
    Integer copiesAcrossSplit,
    List<String> missingLabels,
    Map<String, Integer> unknownLabels,
    String refusal) {

  /** Looks at the data as a task of the job would; loads no numerical engine. */
  public static DataForJob of(JobSpec job, SiteData data) {
    if (job.task() == Task.CUSTOM) {
      // What a network of strangers makes of the data, only its trainer can say.
      return unplanned(job, null, List.of(), Map.of(), null);
    }
    TextModelConfig model = job.model().textConfig();
    TokenizedTexts texts = data.by(model.tokenizer()).orElse(null);
    List<String> missing = List.of();
    Map<String, Integer> unknown = Map.of();
    if (job.task() == Task.CLASSIFICATION && texts != null) {
      Map<String, Integer> here = texts.textsByLabel();
      missing = job.data().classes().stream().filter(name -> !here.containsKey(name)).toList();
      unknown = new TreeMap<>(texts.labelsBeside(job.data().classes()));
    }
    try {
      LocalPlan plan = ModelWork.plan(job, data);
      SplitExamples examples = TaskExamples.of(job, data);
      int around = texts.marks().prefix().length + texts.marks().suffix().length;
      return new DataForJob(
          job.name(),
          job.task().toString(),
          model.contextLength(),
          plan.exampleCount(),
          plan.evaluationBytes(),
          plan.steps(),
          job.task() == Task.CLASSIFICATION
              ? TextLengths.longerThan(texts, model.contextLength() - around)
              : 0,
          new TextCopies(texts).acrossSplit(examples::heldOutWithin),
          missing,
          unknown,
          null);
    } catch (TaskRefusedException e) {
      return unplanned(job, model.contextLength(), missing, unknown, e.getMessage());
    }
  }

  private static DataForJob unplanned(
      JobSpec job,
      Integer contextLength,
      List<String> missing,
      Map<String, Integer> unknown,
      String refusal) {
    return new DataForJob(
        job.name(),
        job.task().toString(),
        contextLength,
        null,
        null,
        null,
        null,
        null,
        missing,
        unknown,
        refusal);
  }

  /** What the site itself objects to, beside its data. */
  public DataForJob refusedFor(String objection) {
    return new DataForJob(
        job,
        task,
        contextLength,
        trainingExamples,
        predictions,
        stepsPerRound,
        textsCut,
        copiesAcrossSplit,
        missingLabels,
        unknownLabels,
        objection);
  }
}

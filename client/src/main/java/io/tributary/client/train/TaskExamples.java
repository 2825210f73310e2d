package io.tributary.client.train;

import io.tributary.client.data.SiteData;
import io.tributary.client.data.TokenizedTexts;
import io.tributary.common.job.DataRules;
import io.tributary.common.job.JobSpec;
import io.tributary.common.job.Task;
import io.tributary.common.model.TextModelConfig;
import io.tributary.transformer.examples.InfillingExamples;
import io.tributary.transformer.examples.LabelledExamples;
import io.tributary.transformer.examples.LabelledTexts;
import io.tributary.transformer.examples.MaskedExamples;
import io.tributary.transformer.examples.NextTokenExamples;
import io.tributary.transformer.examples.SplitExamples;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A site's data as a job's task sees it, or why it cannot serve the job. Refusals travel to the
 * coordinator: they name what the job says and count what the site has, but no label of the site's.
 */
final class TaskExamples {
  private static final Logger LOG = LoggerFactory.getLogger(TaskExamples.class);

  private static final int NAMED_LABELS = 20;

  private TaskExamples() {}

  /**
   * The examples. Cheap but for the number of files.
   *
   * @throws TaskRefusedException if the data cannot serve the job
   */
  static SplitExamples of(JobSpec job, SiteData data) {
    if (job.task() == Task.CUSTOM) {
      throw new TaskRefusedException(
          "the job's model is an external network but this site has a trainer for models of the"
              + " family only: the site must name a trainer for model.external.program in its own"
              + " file");
    }
    TextModelConfig model = job.model().textConfig();
    TokenizedTexts texts = tokenized(model, data);
    try {
      return switch (job.task()) {
        case CLASSIFICATION -> labelled(job, model, texts);
        case LANGUAGE_MODEL, MASKED_LANGUAGE_MODEL, INFILLING -> running(job, model, texts);
        case CUSTOM -> throw new IllegalStateException("refused above");
      };
    } catch (IllegalArgumentException e) {
      throw new TaskRefusedException(e.getMessage(), e);
    }
  }

  private static TokenizedTexts tokenized(TextModelConfig model, SiteData data) {
    TokenizedTexts texts =
        data.by(model.tokenizer())
            .orElseThrow(
                () ->
                    new TaskRefusedException(
                        "model.tokenizer is "
                            + model.tokenizer()
                            + " but "
                            + (data.tokenizer().equals(TextModelConfig.BYTES)
                                ? "this site has no tokenizer of its own"
                                : "this site's is " + data.tokenizer())
                            + ": the site must name that tokenizer.json as tokenizer in its own"
                            + " file"));
    if (texts.marks().vocabularySize() > model.vocabularySize()) {
      throw new TaskRefusedException(
          "model.vocabulary-size is "
              + model.vocabularySize()
              + " but the job's tokenizer has "
              + texts.marks().vocabularySize()
              + " ids: raise it");
    }
    return texts;
  }

  private static SplitExamples running(JobSpec job, TextModelConfig model, TokenizedTexts texts) {
    if (texts.tokens().length() < 2) {
      throw new TaskRefusedException("this site's text is too short to predict anything in it");
    }
    DataRules rules = job.data();
    int length = model.contextLength();
    double heldOut = rules.heldOutShare();
    return switch (job.task()) {
      case MASKED_LANGUAGE_MODEL ->
          new MaskedExamples(
              texts.tokens(), texts.marks(), length, rules.maskedShare(), heldOut, job.seed());
      case INFILLING ->
          new InfillingExamples(
              texts.tokens(), texts.marks(), length, rules.maskedShare(), heldOut, job.seed());
      case LANGUAGE_MODEL -> new NextTokenExamples(texts.tokens(), length, heldOut, job.seed());
      case CLASSIFICATION, CUSTOM ->
          throw new IllegalStateException(job.task() + " does not read running text");
    };
  }

  private static SplitExamples labelled(JobSpec job, TextModelConfig model, TokenizedTexts texts) {
    List<String> classes = job.data().classes();
    Map<String, Integer> others = texts.labelsBeside(classes);
    if (!others.isEmpty()) {
      LOG.warn(
          "labels of the data that are no class of job {}, with their texts: {}{}",
          job.name(),
          others.entrySet().stream().limit(NAMED_LABELS).toList(),
          others.size() > NAMED_LABELS ? " and others" : "");
      throw new TaskRefusedException(
          others.size()
              + " labels of this site's data are not among the job's data.classes "
              + classes
              + ": the site must map them by data.labels in its file, or take their texts away (its"
              + " log names them)");
    }
    if (texts.textsWithoutLabel() > 0) {
      throw new TaskRefusedException(
          texts.textsWithoutLabel()
              + " texts of this site have no label: for classification each must have one of "
              + classes
              + ", from the folder that it lies in or the column that data.label names");
    }
    LabelledTexts labelled = texts.labelled(classes);
    // Texts of one class only are welcome: skewed labels are what federations have.
    return new LabelledExamples(
        labelled, texts.marks(), model.contextLength(), job.data().heldOutShare(), job.seed());
  }
}

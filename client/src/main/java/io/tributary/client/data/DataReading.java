package io.tributary.client.data;

import io.tributary.client.data.DataProblem.Severity;
import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What reading a site's data gave: the texts, and everything that is wrong with the rest.
 *
 * @param source where it was read, with its format
 * @param dataset the texts that can be used; null if there is none
 * @param files that were read
 * @param rows or files of text in them, empty and bad ones too
 * @param emptyTexts of them that hold no text
 * @param ownLabels texts of each label, as this site calls it
 * @param problems the first of them
 * @param problemsLeftOut how many more there were
 * @param usable whether a site may start with this
 */
public record DataReading(
    DataSource source,
    TextDataset dataset,
    int files,
    int rows,
    int emptyTexts,
    Map<String, Integer> ownLabels,
    List<DataProblem> problems,
    long problemsLeftOut,
    boolean usable) {
  private static final Logger LOG = LoggerFactory.getLogger(DataReading.class);

  /** Problems that are said in a sentence. */
  private static final int SAID = 5;

  /**
   * The texts, if nothing keeps a site from starting with them; warnings go to the log.
   *
   * @throws UserErrorException naming the first problems
   */
  public TextDataset sound() {
    List<DataProblem> bad =
        problems.stream().filter(problem -> problem.severity() == Severity.UNREADABLE).toList();
    if (!usable) {
      String first =
          bad.stream().limit(SAID).map(DataProblem::toString).collect(Collectors.joining("; "));
      long others = bad.size() - Math.min(SAID, bad.size()) + problemsLeftOut;
      throw new UserErrorException(
          Kind.FAILED,
          first
              + (others > 0
                  ? "; and " + others + " more: `tributary client data` shows them all"
                  : ""));
    }
    for (DataProblem problem : problems) {
      LOG.warn("data: {}", problem);
    }
    return dataset;
  }
}

package io.tributary.cli;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.job.AggregationRules.Rule;
import java.util.Arrays;
import java.util.List;

/** Aggregation rules as they are named on a command line: as in a job. */
final class RuleNames {
  private RuleNames() {}

  /** The rule of a name. */
  static Rule rule(String name) {
    return Arrays.stream(Rule.values())
        .filter(rule -> rule.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserErrorException(
                    UserErrorException.Kind.USAGE,
                    "--rules names \"" + name + "\" but the rules are " + List.of(Rule.values())));
  }
}

package io.tributary.transformer.samediff;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;

/**
 * Reverse-mode differentiation of a SameDiff graph inside the same graph.
 *
 * <p>SameDiff's own {@code createGradFunction} clones every op by its name, which loses derivatives
 * defined by subclasses ({@link DecoderOps}), needs a scalar loss in the graph, and differentiates
 * towards constants. This walk asks each op's {@code doDiff} once, in reverse order, only along
 * paths that end in a wanted variable.
 */
final class ReverseMode {
  private ReverseMode() {}

  /**
   * Adds the backward graph.
   *
   * @param output the variable that is differentiated
   * @param seed gradient of the scalar loss by {@code output}, of the same shape
   * @param wanted variables whose gradient is needed
   * @return name of the gradient of each wanted variable
   */
  static Map<String, String> differentiate(
      SameDiff graph, String output, SDVariable seed, Collection<String> wanted) {
    List<SameDiffOp> order = operationsFor(graph, List.of(output), new HashSet<>());
    Set<String> active = new HashSet<>(wanted);
    for (SameDiffOp op : order) {
      if (op.getInputsToOp().stream().anyMatch(active::contains)) {
        active.addAll(op.getOutputsOfOp());
      }
    }
    Map<String, SDVariable> gradients = new HashMap<>();
    gradients.put(output, seed);
    for (int i = order.size() - 1; i >= 0; i--) {
      SameDiffOp op = order.get(i);
      if (op.getOutputsOfOp().stream().noneMatch(gradients::containsKey)
          || op.getInputsToOp().stream().noneMatch(active::contains)) {
        continue;
      }
      List<SDVariable> incoming = new ArrayList<>();
      for (String name : op.getOutputsOfOp()) {
        SDVariable gradient = gradients.get(name);
        // An output that nobody reads (none in the decoder) has a gradient of zeros.
        incoming.add(gradient != null ? gradient : graph.zerosLike(graph.getVariable(name)));
      }
      List<SDVariable> outgoing = op.getOp().doDiff(incoming);
      List<String> inputs = op.getInputsToOp();
      for (int k = 0; k < Math.min(inputs.size(), outgoing.size()); k++) {
        if (active.contains(inputs.get(k))) {
          gradients.merge(inputs.get(k), outgoing.get(k), SDVariable::add);
        }
      }
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (String name : wanted) {
      SDVariable gradient = gradients.get(name);
      if (gradient == null) {
        throw new IllegalStateException(output + " does not depend on " + name);
      }
      names.put(name, gradient.name());
    }
    return names;
  }

  /**
   * The ops that outputs need, inputs before users, without those already in {@code seen}.
   *
   * @param seen names of ops that come earlier; the returned ones are added
   */
  static List<SameDiffOp> operationsFor(
      SameDiff graph, Collection<String> outputs, Set<String> seen) {
    List<SameDiffOp> order = new ArrayList<>();
    for (String output : outputs) {
      visit(graph, output, seen, order);
    }
    return order;
  }

  private static void visit(
      SameDiff graph, String variable, Set<String> seen, List<SameDiffOp> order) {
    DifferentialFunction creator = graph.getVariableOutputOp(variable);
    if (creator == null || !seen.add(creator.getOwnName())) {
      return;
    }
    SameDiffOp op = graph.getOps().get(creator.getOwnName());
    for (String input : op.getInputsToOp()) {
      visit(graph, input, seen, order);
    }
    order.add(op);
  }
}

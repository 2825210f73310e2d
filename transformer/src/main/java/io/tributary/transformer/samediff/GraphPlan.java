package io.tributary.transformer.samediff;

import io.tributary.transformer.samediff.DecoderOps.FixedReshape;
import io.tributary.transformer.samediff.InferenceOps.InPlace;
import io.tributary.transformer.samediff.InferenceOps.ViewNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A SameDiff graph of fixed shapes, laid out once and then run as a plain list of native calls.
 *
 * <p>SameDiff's own session finds order and shapes anew and allocates each output in every call:
 * more than the arithmetic of a small model, and fresh memory is slow to touch. Here shapes, arrays
 * and native argument lists exist before the first step; arrays are shared by values whose lives do
 * not overlap; reshapes are views; what depends on constants only runs once.
 *
 * <p>Stages run one after the other and keep their values for later stages (forward, then
 * backward). Owned by one thread.
 */
final class GraphPlan implements AutoCloseable {
  private final Map<String, INDArray> arrays = new HashMap<>();

  /** A view's memory is its root's; a variable that is no view is its own root. */
  private final Map<String, String> roots = new HashMap<>();

  private final Map<String, Integer> lastUse = new HashMap<>();
  private final Map<String, INDArray> pooledFlats = new HashMap<>();
  private final Map<String, Deque<INDArray>> pool = new HashMap<>();
  private long producedValues;
  private final List<INDArray> owned = new ArrayList<>();
  private final List<OpContext> contexts = new ArrayList<>();
  private final List<HostOp> hostOps = new ArrayList<>();
  private final List<List<Runnable>> stages = new ArrayList<>();

  /**
   * Lays a graph out.
   *
   * @param bound values of all placeholders, read at each run; owned by the caller
   * @param stageOutputs by stage, the variables it must produce and the arrays they go into
   */
  GraphPlan(SameDiff graph, Map<String, INDArray> bound, List<Map<String, INDArray>> stageOutputs) {
    arrays.putAll(bound);
    boolean whole = false;
    try {
      layOut(graph, stageOutputs);
      whole = true;
    } finally {
      if (!whole) {
        close(); // nobody else will: the caller gets an exception and no plan
      }
    }
  }

  private void layOut(SameDiff graph, List<Map<String, INDArray>> stageOutputs) {
    Map<String, INDArray> targets = new LinkedHashMap<>();
    stageOutputs.forEach(targets::putAll);
    Set<String> seen = new HashSet<>();
    List<List<SameDiffOp>> order = new ArrayList<>();
    for (Map<String, INDArray> outputs : stageOutputs) {
      order.add(ReverseMode.operationsFor(graph, outputs.keySet(), seen));
    }
    findRootsAndLastUses(order);
    int position = 0;
    for (int stage = 0; stage < order.size(); stage++) {
      List<Runnable> calls = new ArrayList<>();
      for (SameDiffOp op : order.get(stage)) {
        lay(op, targets, calls);
        release(op, position++, targets);
      }
      // A wanted value that is a view, or another value's gradient passed on, is copied out.
      stageOutputs
          .get(stage)
          .forEach(
              (name, target) -> {
                INDArray value = arrays.get(name);
                if (value != target) {
                  calls.add(() -> target.assign(value));
                }
              });
      stages.add(calls);
    }
  }

  /** Runs one stage; earlier stages must have run on the same bound values. */
  void run(int stage) {
    for (Runnable call : stages.get(stage)) {
      call.run();
    }
  }

  /** Number of native calls of a stage. */
  int callCount(int stage) {
    return stages.get(stage).size();
  }

  /** Values that ops write into shared arrays, had each its own. */
  long producedValues() {
    return producedValues;
  }

  /** Values of the shared arrays. */
  long pooledValues() {
    return owned.stream().mapToLong(INDArray::length).sum();
  }

  private void findRootsAndLastUses(List<List<SameDiffOp>> order) {
    int position = 0;
    for (List<SameDiffOp> stage : order) {
      for (SameDiffOp op : stage) {
        for (String input : op.getInputsToOp()) {
          lastUse.put(rootOf(input), position);
        }
        if (sharesMemoryWithItsInput(op.getOp())) {
          roots.put(op.getOutputsOfOp().get(0), rootOf(op.getInputsToOp().get(0)));
        }
        position++;
      }
    }
  }

  private static boolean sharesMemoryWithItsInput(DifferentialFunction op) {
    return op instanceof FixedReshape || op instanceof ViewNode || op instanceof InPlace;
  }

  private String rootOf(String variable) {
    return roots.getOrDefault(variable, variable);
  }

  private void lay(SameDiffOp op, Map<String, INDArray> targets, List<Runnable> calls) {
    List<INDArray> inputs = new ArrayList<>();
    for (String name : op.getInputsToOp()) {
      INDArray input = arrays.get(name);
      if (input == null) {
        throw new IllegalStateException("no value is bound to " + name);
      }
      inputs.add(input);
    }
    DifferentialFunction function = op.getOp();
    List<String> names = op.getOutputsOfOp();
    if (function instanceof FixedReshape reshape) {
      arrays.put(names.get(0), inputs.get(0).reshape('c', reshape.targetShape()));
    } else if (function instanceof ViewNode view) {
      arrays.put(names.get(0), view.of(inputs.get(0)));
    } else if (function instanceof HostOp host) {
      calls.add(layHost(host, inputs, names, targets));
    } else if (function instanceof DynamicCustomOp custom) {
      calls.add(layCustom(custom, inputs, names, targets));
    } else if (function instanceof Op legacy && inputs.size() == 1) {
      INDArray x = inputs.get(0);
      legacy.setX(x);
      legacy.setZ(output(names.get(0), x.dataType(), x.shape(), targets));
      calls.add(() -> Nd4j.getExecutioner().exec(legacy));
    } else {
      throw new IllegalStateException("the plan cannot run op " + function.opName());
    }
  }

  private Runnable layCustom(
      DynamicCustomOp op,
      List<INDArray> inputs,
      List<String> names,
      Map<String, INDArray> targets) {
    OpContext context = Nd4j.getExecutioner().buildContext();
    contexts.add(context);
    context.setInputArrays(inputs);
    context.setIArguments(op.iArgs());
    context.setTArguments(op.tArgs());
    context.setBArguments(op.bArgs());
    context.setDArguments(op.dArgs());
    List<LongShapeDescriptor> shapes = op.calculateOutputShape(context);
    List<INDArray> outputs = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (op instanceof InPlace) {
        context.markInplace(true);
        arrays.put(names.get(i), inputs.get(0));
        outputs.add(inputs.get(0));
        continue;
      }
      LongShapeDescriptor shape = shapes.get(i);
      outputs.add(output(names.get(i), shape.dataType(), shape.getShape(), targets));
    }
    context.setOutputArrays(outputs);
    return () -> Nd4j.getExecutioner().exec(op, context);
  }

  private Runnable layHost(
      HostOp op, List<INDArray> inputs, List<String> names, Map<String, INDArray> targets) {
    hostOps.add(op);
    List<long[]> shapes = op.shapesFor(inputs);
    List<INDArray> outputs = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      outputs.add(output(names.get(i), inputs.get(0).dataType(), shapes.get(i), targets));
    }
    return () -> op.run(inputs, outputs);
  }

  private INDArray output(String name, DataType type, long[] shape, Map<String, INDArray> targets) {
    INDArray array = targets.get(name);
    if (array == null) {
      long length = 1;
      for (long dimension : shape) {
        length *= dimension;
      }
      producedValues += length;
      INDArray flat = pool(type, length).poll();
      if (flat == null) {
        flat = Nd4j.create(type, length);
        owned.add(flat);
      }
      pooledFlats.put(name, flat);
      array = flat.reshape('c', shape);
    }
    arrays.put(name, array);
    return array;
  }

  /** Gives back the memory of values that this op was the last to read, or that nobody reads. */
  private void release(SameDiffOp op, int position, Map<String, INDArray> targets) {
    Set<String> candidates = new HashSet<>();
    op.getInputsToOp().forEach(name -> candidates.add(rootOf(name)));
    op.getOutputsOfOp().forEach(name -> candidates.add(rootOf(name)));
    for (String root : candidates) {
      boolean wanted = targets.keySet().stream().anyMatch(name -> rootOf(name).equals(root));
      if (!wanted && lastUse.getOrDefault(root, position) <= position) {
        INDArray flat = pooledFlats.remove(root);
        if (flat != null) {
          pool(flat.dataType(), flat.length()).push(flat);
        }
      }
    }
  }

  private Deque<INDArray> pool(DataType type, long length) {
    return pool.computeIfAbsent(type + ":" + length, key -> new ArrayDeque<>());
  }

  /** Frees native arrays and argument lists; the bound arrays stay the caller's. */
  @Override
  public void close() {
    for (OpContext context : contexts) {
      closeQuietly(context);
    }
    contexts.clear();
    hostOps.forEach(HostOp::release);
    hostOps.clear();
    stages.clear();
    arrays.clear();
    owned.forEach(INDArray::close);
    owned.clear();
  }

  private static void closeQuietly(OpContext context) {
    try {
      context.close();
    } catch (Exception e) {
      throw new IllegalStateException("a native argument list could not be freed", e);
    }
  }
}

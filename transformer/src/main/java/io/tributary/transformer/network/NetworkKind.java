package io.tributary.transformer.network;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;

/**
 * How a file describes a network.
 *
 * <p>DL4J's JSON names the classes of layers, and a graph of SameDiff may name such classes too:
 * whoever reads one lets it choose among the classes on the class path. So these files are read
 * from the site's own disk only, where its owner put them, and never from the wire; a job carries a
 * digest of one. Java's own serialization, and with it DL4J's {@code ModelSerializer}, is not used.
 */
public enum NetworkKind {
  /** DL4J: JSON of a {@code MultiLayerConfiguration}. */
  @JsonProperty("multi-layer-network")
  MULTI_LAYER_NETWORK,
  /** DL4J: JSON of a {@code ComputationGraphConfiguration}. */
  @JsonProperty("computation-graph")
  COMPUTATION_GRAPH,
  /** SameDiff: the FlatBuffers file of {@code SameDiff.save}. */
  @JsonProperty("samediff")
  SAMEDIFF;

  /**
   * A fresh network, first parameters as it makes them itself.
   *
   * @throws IllegalArgumentException if the bytes are no such network
   */
  Network open(byte[] program) {
    try {
      return switch (this) {
        case MULTI_LAYER_NETWORK ->
            new LayeredNetworks.Sequence(MultiLayerConfiguration.fromJson(text(program)));
        case COMPUTATION_GRAPH ->
            new LayeredNetworks.Graph(ComputationGraphConfiguration.fromJson(text(program)));
        case SAMEDIFF -> new GraphNetwork(program);
      };
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (RuntimeException e) {
      // Jackson's, FlatBuffers' and DL4J's own are of many kinds.
      throw new IllegalArgumentException("this is no " + this + " that DL4J reads", e);
    }
  }

  private static String text(byte[] program) {
    return new String(program, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

package io.tributary.transformer.recurrent;

import io.tributary.common.model.RecurrentConfig;
import io.tributary.transformer.samediff.HostTransfer;
import java.io.IOException;
import java.io.OutputStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Writes a recurrent model as DL4J's zip: configuration and parameter vector, which is ours value
 * by value. It is only written here; reading one can run what a stranger put into it.
 */
public final class RecurrentArchive {
  private RecurrentArchive() {}

  /**
   * Writes a zip.
   *
   * @param weights flat vector in layout order
   * @param out stays open
   */
  public static void write(RecurrentConfig config, float[] weights, OutputStream out)
      throws IOException {
    INDArray parameters = Nd4j.create(DataType.FLOAT, 1, config.layout().parameterCount());
    HostTransfer.upload(weights, parameters);
    MultiLayerNetwork network = RecurrentNetwork.build(config, parameters);
    try {
      ModelSerializer.writeModel(network, out, false);
    } finally {
      network.close();
    }
  }
}

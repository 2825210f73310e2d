package io.tributary.transformer.pretrained;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.tributary.transformer.tokens.TokenWindow;
import java.util.Map;

/** Sentence embeddings by ONNX Runtime: the mean over present tokens, divided by its length. */
final class OnnxSentences {
  private OnnxSentences() {}

  static double[] embedding(OrtEnvironment environment, OrtSession session, TokenWindow window)
      throws OrtException {
    int length = window.length();
    long[][] ids = new long[1][length];
    long[][] mask = new long[1][length];
    for (int i = 0; i < length; i++) {
      ids[0][i] = window.id(i);
      mask[0][i] = i < window.present() ? 1 : 0;
    }
    try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids);
        OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask);
        OnnxTensor types = OnnxTensor.createTensor(environment, new long[1][length]);
        OrtSession.Result result =
            session.run(
                Map.of(
                    "input_ids",
                    idTensor,
                    "attention_mask",
                    maskTensor,
                    "token_type_ids",
                    types))) {
      float[][][] hidden = (float[][][]) result.get(0).getValue();
      double[] mean = new double[hidden[0][0].length];
      double square = 0;
      for (int i = 0; i < mean.length; i++) {
        for (int t = 0; t < window.present(); t++) {
          mean[i] += hidden[0][t][i] / window.present();
        }
        square += mean[i] * mean[i];
      }
      for (int i = 0; i < mean.length; i++) {
        mean[i] /= Math.sqrt(square);
      }
      return mean;
    }
  }
}

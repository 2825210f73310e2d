package io.tributary.transformer.pretrained;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;

/** The jar of all-MiniLM-L6-v2 on the test class path, and sentences to try it on. */
final class MiniLm {
  /** Of different lengths, scripts and subjects; the last ones are long. */
  static final List<String> SENTENCES =
      List.of(
          "Yes.",
          "The cat sat on the mat.",
          "A feline rested upon a rug.",
          "Interest rates rose again this quarter.",
          "Central banks tightened monetary policy.",
          "To be, or not to be, that is the question.",
          "How do I reset my password?",
          "I forgot my login credentials; what now?",
          "The mitochondrion is the powerhouse of the cell.",
          "Photosynthesis converts light into chemical energy.",
          "He scored twice in the final minutes of the match.",
          "Rain is expected over the northern coast until Thursday.",
          "Please find attached the minutes of yesterday's meeting.",
          "naïve café façade — coöperate, résumé!",
          "1,024 tokens cost $0.35 at 3.14% off (see p. 42).",
          "Antidisestablishmentarianism is a pneumonoultramicroscopic word.",
          "ALL CAPS ARE LOUDER THAN small letters",
          "She sells sea shells by the sea shore; the shells she sells are surely seashells.",
          "Federated learning trains one model on the data of many sites, none of which gives its"
              + " data away; only updates travel, and they are added before anybody reads them.",
          "When in the course of human events it becomes necessary for one people to dissolve the"
              + " political bands which have connected them with another, and to assume among the"
              + " powers of the earth the separate and equal station to which the laws of nature"
              + " entitle them, a decent respect to the opinions of mankind requires that they"
              + " should declare the causes which impel them to the separation.",
          "It was the best of times, it was the worst of times, it was the age of wisdom, it was"
              + " the age of foolishness, it was the epoch of belief, it was the epoch of"
              + " incredulity, it was the season of light, it was the season of darkness, it was"
              + " the spring of hope, it was the winter of despair.",
          "東京は日本の首都です。");

  private MiniLm() {}

  static Path jar() throws IOException {
    URL model = MiniLm.class.getResource("/all-minilm-l6-v2.onnx");
    String jar = model.getPath().substring(0, model.getPath().indexOf('!'));
    try {
      return Path.of(new java.net.URI(jar));
    } catch (URISyntaxException e) {
      throw new IOException(jar, e);
    }
  }
}

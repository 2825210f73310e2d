package io.tributary.cli.generate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tributary.transformer.decode.GeneratedText;
import io.tributary.transformer.decode.GenerationListener;
import io.tributary.transformer.decode.TextGenerator.Generation;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What {@code tributary generate} prints: one text as it grows, several when they are finished, or
 * JSON. Always UTF-8, whatever the terminal's own encoding: that is what the model was trained on.
 */
public final class GenerationDisplay {
  private final PrintStream out;
  private final List<String> prompts;

  /** A display of one call's texts. */
  public GenerationDisplay(PrintStream out, List<String> prompts) {
    this.out = out;
    this.prompts = List.copyOf(prompts);
  }

  /** Prints the one prompt, then each piece as it comes. */
  public GenerationListener streaming() {
    print(prompts.get(0));
    return (prompt, piece) -> print(piece);
  }

  /** Ends what {@link #streaming} began. */
  public void endOfStream() {
    print("\n");
  }

  /** Prints each prompt with its text, a blank line between them. */
  public void text(Generation generation) {
    for (int p = 0; p < prompts.size(); p++) {
      print((p == 0 ? "" : "\n") + prompts.get(p) + generation.texts().get(p).text() + "\n");
    }
  }

  /** Prints one object on one line. */
  public void json(Generation generation) throws JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode json = mapper.createObjectNode();
    json.put("cacheBytes", generation.cacheBytes());
    ArrayNode texts = json.putArray("texts");
    for (int p = 0; p < prompts.size(); p++) {
      GeneratedText text = generation.texts().get(p);
      texts
          .addObject()
          .put("prompt", prompts.get(p))
          .put("text", text.text())
          .put("tokens", text.tokens().size())
          .put("ending", text.ending().toString());
    }
    print(mapper.writeValueAsString(json) + "\n");
  }

  private void print(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
  }
}

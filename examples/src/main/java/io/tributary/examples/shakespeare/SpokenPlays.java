package io.tributary.examples.shakespeare;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads Hamlet, Macbeth, and Romeo and Juliet as roles and what they say: the natural, uneven
 * partition of the original federated-averaging paper (McMahan et al. 2017), on three plays.
 *
 * <p>The plays come from a jar on the class path (mark-up by Jon Bosak, free to distribute
 * unmodified; text public domain). Only what is spoken counts: {@code LINE} within {@code SPEECH},
 * without stage directions. A speech of several speakers at once belongs to each play's role {@code
 * ALL}.
 */
public final class SpokenPlays {
  private static final String FOLDER = "/org/exist/samples/shakespeare/";
  private static final Map<String, String> FILES =
      Map.of("hamlet", "hamlet.xml", "macbeth", "macbeth.xml", "romeo", "r_and_j.xml");
  private static final String TOGETHER = "ALL";

  private SpokenPlays() {}

  /**
   * All roles of all three plays, play by play in alphabetical order, roles by first appearance.
   *
   * @throws IOException if a play is missing on the class path or is not what it should be
   */
  public static List<SpeakingRole> read() throws IOException {
    List<SpeakingRole> roles = new ArrayList<>();
    for (String play : FILES.keySet().stream().sorted().toList()) {
      try (InputStream xml = SpokenPlays.class.getResourceAsStream(FOLDER + FILES.get(play))) {
        if (xml == null) {
          throw new IOException(
              "the play " + FILES.get(play) + " is not on the class path: build the project again");
        }
        roles.addAll(read(play, xml));
      }
    }
    return roles;
  }

  static List<SpeakingRole> read(String play, InputStream xml) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
    try {
      return roles(play, factory.createXMLStreamReader(xml));
    } catch (XMLStreamException e) {
      throw new IOException("the play " + play + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<SpeakingRole> roles(String play, XMLStreamReader reader)
      throws XMLStreamException {
    Map<String, StringBuilder> speeches = new LinkedHashMap<>();
    List<String> speakers = new ArrayList<>();
    StringBuilder speech = new StringBuilder();
    while (reader.hasNext()) {
      int event = reader.next();
      if (event == XMLStreamConstants.START_ELEMENT) {
        switch (reader.getLocalName()) {
          case "SPEECH" -> {
            speakers.clear();
            speech.setLength(0);
          }
          case "SPEAKER" -> speakers.add(spoken(reader));
          case "LINE" -> speech.append(spoken(reader)).append('\n');
          default -> {}
        }
      } else if (event == XMLStreamConstants.END_ELEMENT
          && reader.getLocalName().equals("SPEECH")
          && !speech.toString().isBlank()) {
        String role = speakers.size() == 1 ? speakers.get(0) : TOGETHER;
        speeches.computeIfAbsent(role, name -> new StringBuilder()).append(speech).append('\n');
      }
    }
    List<SpeakingRole> roles = new ArrayList<>();
    speeches.forEach((name, text) -> roles.add(new SpeakingRole(play, name, text.toString())));
    return roles;
  }

  /** Text of the element at hand, without what stands in elements within it (stage directions). */
  private static String spoken(XMLStreamReader reader) throws XMLStreamException {
    StringBuilder text = new StringBuilder();
    int depth = 1;
    while (depth > 0) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> depth++;
        case XMLStreamConstants.END_ELEMENT -> depth--;
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
          if (depth == 1) {
            text.append(reader.getText());
          }
        }
        default -> {}
      }
    }
    return text.toString().strip().replaceAll("\\s+", " ");
  }
}

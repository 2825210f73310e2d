package io.tributary.examples.shakespeare;

import java.nio.charset.StandardCharsets;

/**
 * Everything one role says, in the order of its play: one site's private text.
 *
 * @param play short name of the play, such as {@code hamlet}
 * @param name the role's name as printed, such as {@code KING CLAUDIUS}
 * @param text its speeches, verse lines ended by a newline, speeches parted by an empty line
 */
public record SpeakingRole(String play, String name, String text) {
  /** Size of the text in UTF-8, by which roles are ranked. */
  public int sizeBytes() {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}

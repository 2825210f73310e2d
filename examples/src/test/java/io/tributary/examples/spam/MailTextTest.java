package io.tributary.examples.spam;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MailTextTest {
  private static String text(String... lines) {
    return MailText.of(String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void noHeaderStays() {
    String text =
        text(
            "From someone@example.org Thu Aug 22 2002",
            "Received: from list.example.org",
            "\tby mail.example.org (folded)",
            "List-Id: <secret-list.example.org>",
            "X-Spam-Status: Yes",
            "Subject: [secret-list] hello",
            "",
            "Dear reader,",
            "  this is all.");
    assertThat(text).isEqualTo("Dear reader, this is all.");
  }

  @Test
  void quotedPrintableIsDecodedInItsCharset() {
    String text =
        text(
            "Content-Type: text/plain; charset=\"utf-8\"",
            "Content-Transfer-Encoding: quoted-printable",
            "",
            "na=C3=AFve and lo=",
            "ng, 1=3D1, =ZZ stays");
    assertThat(text).isEqualTo("naïve and long, 1=1, =ZZ stays");
  }

  @Test
  void base64IsDecodedAndGarbageIsNothing() {
    String[] headers = {"Content-Type: text/plain", "Content-Transfer-Encoding: base64", ""};
    assertThat(text(headers[0], headers[1], headers[2], "SGVsbG8gdGhl", "cmU="))
        .isEqualTo("Hello there");
    assertThat(text(headers[0], headers[1], headers[2], "A")).isEmpty();
  }

  @Test
  void unknownCharsetsAreReadAsWindows1252() {
    String head = "Content-Type: text/plain; charset=";
    assertThat(text(head + "no-such-set", "", "caf\u00e9 \u0080")).isEqualTo("café €");
    assertThat(text(head + "us-ascii", "", "caf\u00e9")).isEqualTo("café");
  }

  @Test
  void tagsGoAndWordsStay() {
    String text =
        text(
            "Content-Type: text/html",
            "",
            "<html><head><title>t</title><style>p {color: red}</style></head>",
            "<body><p>Save&nbsp;<b>70%</b></p><script>steal()</script><p>now</p></body></html>");
    assertThat(text).isEqualTo("t Save 70% now");
    assertThat(text("", "<HTML><BODY>no header says so</BODY></HTML>"))
        .isEqualTo("no header says so");
  }

  @Test
  void ofAnAlternativeThePlainTextCounts() {
    String text =
        text(
            "Content-Type: multipart/mixed; boundary=\"out\"",
            "",
            "preamble",
            "--out",
            "Content-Type: multipart/alternative;",
            "  boundary=in",
            "",
            "--in",
            "Content-Type: text/plain",
            "",
            "the words",
            "--in",
            "Content-Type: text/html",
            "",
            "<p>the same words</p>",
            "--in--",
            "--out",
            "Content-Type: image/gif",
            "Content-Transfer-Encoding: base64",
            "",
            "R0lGODlh",
            "--out--",
            "epilogue");
    assertThat(text).isEqualTo("the words");
  }

  @Test
  void aListsFooterGoesAndASignatureStays() {
    assertThat(
            text(
                "",
                "What I say.",
                "--",
                "me",
                "_______________________________________________",
                "Secret-list mailing list",
                "http://lists.example.org/listinfo/secret-list"))
        .isEqualTo("What I say. -- me");
    assertThat(text("", "Chapter one", "------------", "and more")).contains("and more");
  }

  @Test
  void aLongTextIsCutBetweenCharacters() {
    String text =
        MailText.of(
            ("\n" + "x".repeat(3_999) + "\ud83d\ude00 end").getBytes(StandardCharsets.UTF_8));
    assertThat(text.length()).isLessThanOrEqualTo(MailText.MAX_CHARACTERS);
    assertThat(Character.isHighSurrogate(text.charAt(text.length() - 1))).isFalse();
  }

  /** Mails of strangers: whatever comes, a bounded line comes out. */
  @Test
  void nothingThatComesBreaksIt() {
    String[] words = {
      "Content-Type: multipart/mixed; boundary=a",
      "Content-Type: text/html",
      "--a",
      "--a--",
      "",
      "Content-Transfer-Encoding: base64",
      "Content-Transfer-Encoding: quoted-printable",
      "=",
      "=4",
      "<html",
      "<body><p",
      "&#",
      "message/rfc822",
      "charset=;",
      "Content-Type:",
      ":",
      " folded",
      "\u0000"
    };
    for (int seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      StringBuilder mail = new StringBuilder();
      int count = random.nextInt(40);
      for (int i = 0; i < count; i++) {
        mail.append(words[random.nextInt(words.length)]);
        if (random.nextInt(4) > 0) {
          mail.append(random.nextBoolean() ? "\n" : "\r\n");
        }
      }
      String text = MailText.of(mail.toString().getBytes(StandardCharsets.ISO_8859_1));
      assertThat(text.length()).as("seed %d", seed).isLessThanOrEqualTo(MailText.MAX_CHARACTERS);
      assertThat(text).as("seed %d", seed).doesNotContain("\n", "\u0000");
    }
  }
}

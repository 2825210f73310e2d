package io.tributary.coordinator.ledger;

import static io.tributary.coordinator.ledger.Rows.NORTH;
import static io.tributary.coordinator.ledger.Rows.RUN;
import static io.tributary.coordinator.ledger.Rows.SOUTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tributary.common.config.UserErrorException;
import io.tributary.common.config.UserErrorException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFileTest {
  @TempDir Path home;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = home.resolve("ledger.db");
  }

  @Test
  void keepsItsFilesToTheirOwner() throws IOException {
    try (Ledger ledger = open()) {
      Rows.begin(ledger);
      assertThat(permissions()).containsOnlyKeys("ledger.db", "ledger.db-shm", "ledger.db-wal");
      assertThat(permissions().values()).containsOnly("rw-------");
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
    open().close();
    assertThat(permissions()).containsOnly(Map.entry("ledger.db", "rw-------"));
  }

  @Test
  void takesAPathWithCharactersThatMeanSomethingInAUri() {
    for (String name : List.of("a b", "50%", "why?mode=memory", "#1", "häuser")) {
      Path odd = home.resolve(name).resolve("ledger.db");
      try (Ledger ledger = SqliteLedger.open(odd, home.resolve("native"))) {
        Rows.begin(ledger);
      }
      assertThat(odd).isRegularFile();
      try (Ledger ledger = SqliteLedger.readOnly(odd)) {
        assertThat(ledger.runs()).hasSize(1);
      }
    }
  }

  @Test
  void refusesWhatIsNoDatabaseAndLeavesItAlone() throws IOException {
    for (String content : List.of("x", "not a ledger\n".repeat(1_000))) {
      Files.writeString(file, content);
      assertRefused("is not a coordinator's ledger", "Nothing was changed");
      assertThat(file).hasContent(content);
    }
  }

  @Test
  void refusesAnotherProgramsDatabaseAndLeavesItAlone() throws Exception {
    change(file, "CREATE TABLE notes (text)", "INSERT INTO notes VALUES ('mine')");
    byte[] before = Files.readAllBytes(file);
    assertRefused("is not a coordinator's ledger", "application id 0");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void refusesADirectory() throws IOException {
    Files.createDirectory(file);
    assertRefused("it is a directory");
  }

  @Test
  void refusesANewerSchemaAndLeavesItAlone() throws Exception {
    fill();
    change(file, "PRAGMA user_version = 2");
    byte[] before = Files.readAllBytes(file);
    assertRefused("schema version 2", "up to 1", "use the newer program", "Nothing was changed");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void refusesTablesThatAreNotItsOwn() throws Exception {
    fill();
    change(file, "DROP TRIGGER the_log_is_never_shortened");
    assertRefused("is damaged", "not those of schema version 1");
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    Files.createFile(file);
    assertRefused("is empty", "restore ledger.db together with ledger.db-wal");
    assertThat(file).isEmptyFile();
  }

  @Test
  void refusesChangesWithoutTheFileThatTheyBelongTo() throws IOException {
    byte[] wal;
    try (Ledger ledger = open()) {
      Rows.begin(ledger);
      wal = Files.readAllBytes(home.resolve("ledger.db-wal"));
    }
    Files.delete(file);
    Files.write(home.resolve("ledger.db-wal"), wal);
    assertRefused("is missing", "restore ledger.db together with ledger.db-wal");
    Files.createFile(file);
    assertRefused("is empty");
    assertThat(Files.readAllBytes(home.resolve("ledger.db-wal"))).isEqualTo(wal);
  }

  @Test
  void saysWhatIsSafeWhenAPageIsDamaged() throws IOException {
    fill();
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, 4096, 4096 + 64, (byte) 0x5a); // the second page's header
    Files.write(file, bytes);
    assertRefused(
        "ledger.db is damaged",
        "restore ledger.db together with ledger.db-wal",
        "Nothing was deleted");
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
  }

  @Test
  void failsWhenThereIsNoLedgerToReadAndMakesNone() {
    assertThatThrownBy(() -> SqliteLedger.readOnly(file))
        .isInstanceOfSatisfying(
            UserErrorException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FAILED))
        .hasMessageContaining("there is no ledger " + file);
    assertThat(file).doesNotExist();
  }

  @Test
  void failsWhereItCannotMakeOne() throws IOException {
    Path notADirectory = Files.createFile(home.resolve("file"));
    assertThatThrownBy(
            () -> SqliteLedger.open(notADirectory.resolve("ledger.db"), home.resolve("native")))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("cannot be made")
        .hasMessageContaining("choose a `home`");
  }

  @Test
  void readsWhileACoordinatorWritesAndNeverWrites() {
    try (Ledger writer = open()) {
      Rows.beginRound(writer);
      try (Ledger reader = SqliteLedger.readOnly(file)) {
        assertThat(reader.uploads(RUN, 1)).isEmpty();
        writer.commitUpload(Rows.upload(1, 1, NORTH, "u"));
        assertThat(reader.uploads(RUN, 1)).hasSize(1);
        assertThatIllegalStateException()
            .isThrownBy(() -> reader.setRunState(RUN, RunState.STOPPED, ""))
            .withMessageContaining("for reading only");
      }
      writer.commitUpload(Rows.upload(1, 1, SOUTH, "u"));
    }
    try (Ledger reader = SqliteLedger.readOnly(file)) {
      assertThat(reader.uploads(RUN, 1)).hasSize(2);
    }
  }

  @Test
  void readsWhatAKilledCoordinatorLeft() throws IOException {
    Path copy = Files.createDirectory(home.resolve("copy"));
    try (Ledger writer = open()) {
      Rows.beginRound(writer);
      for (String name : List.of("ledger.db", "ledger.db-wal")) {
        Files.copy(home.resolve(name), copy.resolve(name));
      }
    }
    try (Ledger reader = SqliteLedger.readOnly(copy.resolve("ledger.db"))) {
      assertThat(reader.attempt(RUN, 1)).isPresent();
    }
  }

  @Test
  void clearsAwayWhatACrashLeftOfAFirstStart() throws IOException {
    for (String left : List.of("ledger.db.tmp", "ledger.db.tmp-journal")) {
      Files.writeString(home.resolve(left), "half");
    }
    try (Ledger ledger = open()) {
      assertThat(ledger.runs()).isEmpty();
    }
    assertThat(permissions()).containsOnlyKeys("ledger.db");
  }

  @Test
  void saysThatTheDiskIsFullAndGoesOnWhenItIsNot() {
    open().close();
    List<UploadRow> kept = new ArrayList<>();
    try (Ledger ledger = SqliteLedger.open(file, Schema.CURRENT, 40)) {
      Rows.beginRound(ledger);
      LedgerException full =
          catchThrowableOfType(
              LedgerException.class,
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  UploadRow upload =
                      Rows.upload(
                          1, 1, new io.tributary.common.tls.SiteName("site-" + i), "u".repeat(64));
                  ledger.commitUpload(upload);
                  kept.add(upload);
                }
              });
      assertThat(full).hasMessageContaining(file + " cannot grow: its disk is full");
      assertThat(ledger.uploads(RUN, 1)).isEqualTo(kept);
    }
    try (Ledger ledger = open()) {
      assertThat(kept).isNotEmpty();
      assertThat(ledger.uploads(RUN, 1)).isEqualTo(kept);
      ledger.commitUpload(Rows.upload(1, 1, NORTH, "u"));
    }
  }

  @Test
  void isNotUsedAfterItWasClosed() {
    Ledger ledger = open();
    ledger.close();
    ledger.close();
    assertThatIllegalStateException().isThrownBy(ledger::runs).withMessageContaining("is closed");
  }

  @Test
  void letsNobodyChangeTheLogBehindItsBack() throws Exception {
    fill();
    for (String sql :
        List.of(
            "UPDATE transparency_log SET entry = x'00'",
            "DELETE FROM transparency_log WHERE sequence = 1",
            "INSERT OR REPLACE INTO transparency_log VALUES (1, 1, x'00', 0)",
            "INSERT INTO transparency_log VALUES (1, 3, x'00', 0)")) {
      assertThatThrownBy(() -> change(file, sql))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("log");
    }
    try (Ledger ledger = open()) {
      assertThat(ledger.log(RUN, 0, 9)).hasSize(2);
    }
  }

  @Test
  void letsNoSecondUploadStandWhateverTheProgramDoes() throws Exception {
    fill();
    assertThatThrownBy(
            () ->
                change(
                    file,
                    "INSERT INTO uploads SELECT run, round, site, position + 100, attempt, 'other',"
                        + " total_bytes, chunk_bytes, weight, metrics, 'COMMITTED', '', receipt, 0"
                        + " FROM uploads"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("UNIQUE");
    assertThatThrownBy(() -> change(file, "UPDATE uploads SET state = 'COMMITTED'"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("settled once");
  }

  @Test
  void givesNoRowThatSomebodyChanged() throws Exception {
    fill();
    change(file, "UPDATE models SET digest = 'another' WHERE round = 1");
    try (Ledger ledger = open()) {
      assertThatThrownBy(() -> ledger.head(RUN))
          .isInstanceOf(LedgerException.class)
          .hasMessageContaining("the row of model 1 is damaged")
          .hasMessageContaining("restore ledger.db together with ledger.db-wal");
      assertThatThrownBy(ledger::runs).isInstanceOf(LedgerException.class);
    }
  }

  private Ledger open() {
    return SqliteLedger.open(file, home.resolve("native"));
  }

  private void fill() {
    try (Ledger ledger = open()) {
      Rows.begin(ledger);
      Rows.playRound(ledger, 1);
    }
  }

  private void assertRefused(String... parts) {
    UserErrorException refused = catchThrowableOfType(UserErrorException.class, this::open);
    assertThat(refused).hasMessageContaining(file.toString()).hasMessageContainingAll(parts);
    assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
  }

  private static void change(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.executeUpdate(sql);
      }
    }
  }

  private Map<String, String> permissions() throws IOException {
    Map<String, String> permissions = new TreeMap<>();
    try (Stream<Path> files = Files.list(home)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        permissions.put(
            each.getFileName().toString(),
            PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
      }
    }
    return permissions;
  }
}

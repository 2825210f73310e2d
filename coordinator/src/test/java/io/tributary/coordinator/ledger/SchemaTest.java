package io.tributary.coordinator.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.config.UserErrorException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaTest {
  private static final String ADD =
      "CREATE TABLE pets (name TEXT);\nINSERT INTO pets VALUES ('x');";

  @TempDir Path home;

  @Test
  void appliesWhatAnOlderLedgerLacksAndKeepsItsRows() throws SQLException {
    fill();
    try (Ledger ledger = SqliteLedger.open(file(), then(ADD), LedgerFile.MAX_PAGES)) {
      assertThat(ledger.runs()).hasSize(1);
    }
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
      assertThat(Pragmas.number(connection, "user_version")).isEqualTo(2);
      assertThat(Pragmas.query(connection, "SELECT name FROM pets")).containsExactly("x");
    }
    SqliteLedger.open(file(), then(ADD), LedgerFile.MAX_PAGES).close();
  }

  @Test
  void changesNothingWhenAScriptFailsHalfWay() {
    fill();
    assertThatThrownBy(
            () -> SqliteLedger.open(file(), then(ADD + "nonsense"), LedgerFile.MAX_PAGES))
        .isInstanceOf(UserErrorException.class)
        .hasMessageContaining("ledger " + file());
    try (Ledger ledger = SqliteLedger.open(file(), home.resolve("native"))) {
      assertThat(ledger.runs()).hasSize(1);
    }
  }

  @Test
  void refusesToReadAnOlderLedgerThatOnlyTheCoordinatorMayUpgrade() {
    fill();
    assertThatThrownBy(() -> new LedgerFile(file(), then(ADD)).openForReading())
        .isInstanceOf(UserErrorException.class)
        .hasMessageContainingAll("schema version 1", "start the coordinator once");
  }

  @Test
  void knowsItsOwnShapeToTheLetter() throws SQLException {
    fill();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
      assertThat(Schema.CURRENT.hasShape(connection, 1)).isTrue();
      assertThat(then(ADD).hasShape(connection, 2)).isFalse();
    }
  }

  private void fill() {
    try (Ledger ledger = SqliteLedger.open(file(), home.resolve("native"))) {
      Rows.begin(ledger);
    }
  }

  private Path file() {
    return home.resolve("ledger.db");
  }

  private static Schema then(String script) {
    return new Schema(Stream.concat(Schema.CURRENT.scripts().stream(), Stream.of(script)).toList());
  }
}

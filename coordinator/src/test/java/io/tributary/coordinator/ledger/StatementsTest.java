package io.tributary.coordinator.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatementsTest {
  private Connection connection;
  private Statements statements;

  @BeforeEach
  void open() throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite::memory:");
    statements = new Statements(connection);
    statements.update("CREATE TABLE pets (name TEXT UNIQUE, legs INTEGER, tag BLOB)");
  }

  @AfterEach
  void close() throws SQLException {
    statements.close();
    connection.close();
  }

  private void insert(Object... values) {
    statements.update("INSERT INTO pets VALUES (?, ?, ?)", values);
  }

  private String names() {
    return String.join(
        " ", statements.all("SELECT name FROM pets ORDER BY name", Statements.Row::text));
  }

  @Test
  void givesBackWhatWasBoundColumnByColumn() {
    insert("cat", 4, new byte[] {1, 2});
    insert("snake", Long.MAX_VALUE, null);
    assertThat(
            statements.first(
                "SELECT name, legs, tag FROM pets WHERE legs = ?",
                row -> row.text() + row.integer() + row.bytes().length,
                4))
        .contains("cat42");
    assertThat(
            statements.first(
                "SELECT legs, tag FROM pets WHERE name = ?",
                row -> row.number() + row.optionalText().orElse(" none"),
                "snake"))
        .contains(Long.MAX_VALUE + " none");
    assertThat(statements.first("SELECT 1 WHERE 0", Statements.Row::integer)).isEmpty();
  }

  @Test
  void takesNoValueOfAnEarlierUseForOneThatIsMissing() {
    insert("cat", 4, null);
    assertThatThrownBy(() -> insert("dog", 4)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> insert("dog", 4, null, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> insert("dog", 4.0f, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(names()).isEqualTo("cat");
  }

  @Test
  void goesOnAfterAStatementHasFailed() {
    insert("cat", 4, null);
    assertThatThrownBy(() -> insert("cat", 3, null))
        .isInstanceOf(LedgerFailures.FailedStatementException.class)
        .hasCauseInstanceOf(SQLException.class);
    insert("dog", 4, null);
    assertThat(names()).isEqualTo("cat dog");
  }

  @Test
  void holdsNoTransactionOpenAfterTheFirstRowOrAReaderThatThrows() throws SQLException {
    insert("cat", 4, null);
    insert("dog", 4, null);
    String first =
        Transaction.run(
            connection,
            Transaction.READING,
            () ->
                statements
                    .first("SELECT name FROM pets ORDER BY name", Statements.Row::text)
                    .orElseThrow());
    assertThat(first).isEqualTo("cat");
    assertThatThrownBy(
            () ->
                statements.all(
                    "SELECT name FROM pets ORDER BY name",
                    row -> {
                      throw new IllegalStateException("unreadable");
                    }))
        .isInstanceOf(IllegalStateException.class);
    statements.update("DROP TABLE pets"); // SQLite refuses that while a query is open
  }

  @Test
  void tellsOfAValueThatIsMissingInARow() {
    insert(null, 4, null);
    assertThatThrownBy(() -> statements.all("SELECT name FROM pets", Statements.Row::text))
        .isInstanceOf(LedgerFailures.DamagedRowException.class);
    assertThatThrownBy(() -> statements.all("SELECT tag FROM pets", Statements.Row::bytes))
        .isInstanceOf(LedgerFailures.DamagedRowException.class);
  }

  @Test
  void refusesTextsThatAreMadeOutOfValues() {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i <= Statements.MAX_PREPARED; i++) {
                int unusedLegs =
                    statements.first("SELECT " + i, Statements.Row::integer).orElseThrow();
              }
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("more than " + Statements.MAX_PREPARED);
  }
}

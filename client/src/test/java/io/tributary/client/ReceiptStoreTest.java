package io.tributary.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.notary.CertifiedVerifier;
import io.tributary.common.notary.Notary;
import io.tributary.common.notary.StatementException;
import io.tributary.common.wire.Digest;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.v1.SignedStatement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReceiptStoreTest {
  private static final TaskId ID = FakeCoordinator.train(1, 1);
  private static final Digest UPDATE = Statements.digest("update");

  @TempDir private Path directory;

  private static Path fuzzed;
  private static Notary notary;
  private static CertifiedVerifier verifier;
  private static SignedStatement receipt;

  @BeforeAll
  @BeforeContainer
  static void makeAuthority() throws IOException {
    fuzzed = Files.createTempDirectory("receipts");
    fuzzed.toFile().deleteOnExit();
    TestFederation federation = new TestFederation(fuzzed.resolve("certificates"));
    notary = federation.notary();
    verifier = new CertifiedVerifier(federation.root());
    receipt = signed(UPDATE);
  }

  private static SignedStatement signed(Digest update) {
    return notary.sign(Statements.receipt(ID, "north", update, 5));
  }

  private static ReceiptStore storeIn(Path path) {
    return new ReceiptStore(path, SiteWorld.SITE, verifier);
  }

  private Path file(String name) {
    return directory.resolve(TestJobs.RUN).resolve(name);
  }

  @Test
  void keepsTheSameReceiptOnceAndAnotherBesideIt() throws Exception {
    ReceiptStore store = storeIn(directory);
    SignedStatement other = signed(Statements.digest("other"));

    assertThat(store.keep(receipt, ID)).isEqualTo(ReceiptStore.Kept.NEW);
    assertThat(store.keep(receipt, ID)).isEqualTo(ReceiptStore.Kept.KNOWN);
    assertThat(store.keep(other, ID)).isEqualTo(ReceiptStore.Kept.CONFLICT);
    assertThat(store.keep(other, ID)).isEqualTo(ReceiptStore.Kept.CONFLICT);

    assertThat(file("1.receipt")).hasBinaryContent(receipt.toByteArray());
    assertThat(file("1.conflict-1.receipt")).hasBinaryContent(other.toByteArray());
    assertThat(store.list()).extracting(ReceiptStore.Entry::conflict).containsExactly(true, false);
    assertThat(Files.getPosixFilePermissions(file("1.receipt"))).hasSize(2);
  }

  @Test
  void keepsBoundedConflictsAndSaysWhenItIsFull() throws Exception {
    ReceiptStore store = storeIn(directory);
    store.keep(receipt, ID);
    for (int i = 0; i < ReceiptStore.MAX_CONFLICTS; i++) {
      store.keep(signed(Statements.digest("other " + i)), ID);
    }

    assertThatThrownBy(() -> store.keep(signed(Statements.digest("one more")), ID))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("8 contradicting receipts");
    assertThat(store.list()).hasSize(1 + ReceiptStore.MAX_CONFLICTS);
  }

  @Test
  void listsRoundsInOrderAndOverlooksWhatIsNoReceipt() throws Exception {
    ReceiptStore store = storeIn(directory);
    for (int round : new int[] {10, 9, 1}) {
      TaskId id = FakeCoordinator.train(round, 1);
      store.keep(notary.sign(Statements.receipt(id, "north", UPDATE, 5)), id);
    }
    Files.writeString(file("notes.receipt"), "by hand");
    Files.writeString(file("11.receipt.x.tmp"), "unfinished");

    assertThat(store.list()).extracting(ReceiptStore.Entry::round).containsExactly(1, 9, 10);
    for (ReceiptStore.Entry entry : store.list()) {
      assertThat(store.read(entry).task().round()).isEqualTo(entry.round());
    }
  }

  @Property(tries = 300)
  void arbitraryBytesAreNoReceipt(@ForAll @Size(max = 300) byte[] bytes) throws IOException {
    assertUnbelievable(bytes);
  }

  @Property(tries = 300)
  void aReceiptWithAnyChangedByteIsNotBelieved(
      @ForAll @IntRange(min = 0, max = 99_999) int position,
      @ForAll @IntRange(min = 1, max = 255) int change)
      throws IOException {
    byte[] changed = receipt.toByteArray();
    changed[position % changed.length] ^= (byte) change;
    assertUnbelievable(changed);
  }

  private static void assertUnbelievable(byte[] bytes) throws IOException {
    Path home = fuzzed.resolve(UUID.randomUUID().toString());
    Path run = Files.createDirectories(home.resolve(TestJobs.RUN));
    Path file = Files.write(run.resolve("1.receipt"), bytes);
    ReceiptStore store = storeIn(home);
    try {
      assertThat(store.list()).hasSize(1);
      assertThatThrownBy(() -> store.read(store.list().get(0)))
          .isInstanceOf(StatementException.class);
    } finally {
      Files.delete(file);
      Files.delete(run);
      Files.delete(home);
    }
  }
}

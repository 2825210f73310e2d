package io.tributary.simulation.faults.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What a power cut and a full disk leave; see {@link FakeFileSystemTest} for the rest. */
class FakeDiskTest {
  private static final int SEEDS = 200;

  private static byte[] bytes(int length, int fill) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Does something on a fresh disk, cuts the power, and says what is found; for many seeds. */
  private static Set<String> found(Script script) throws IOException {
    Set<String> found = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FakeDisk disk = new FakeDisk();
      FileSystem mount = disk.mount(DiskFaults.NONE);
      script.run(mount);
      FakeDisk.unmount(mount);
      disk.losePower(new SplittableRandom(seed), Survival.ANYTHING);
      StringBuilder state = new StringBuilder();
      for (String name : disk.names("/")) {
        Optional<byte[]> content = disk.content(name);
        state
            .append(name)
            .append('=')
            .append(content.map(FakeDiskTest::summary).orElse("/" + disk.names(name)))
            .append(' ');
      }
      found.add(state.toString().strip());
    }
    return found;
  }

  private static String summary(byte[] content) {
    StringBuilder runs = new StringBuilder();
    for (int i = 0; i < content.length; i++) {
      if (i == 0 || content[i] != content[i - 1]) {
        runs.append(runs.isEmpty() ? "" : ",").append(content[i]).append('@').append(i);
      }
    }
    return runs + "#" + content.length;
  }

  private interface Script {
    void run(FileSystem mount) throws IOException;
  }

  @Test
  void nothingOfAFileIsSureBeforeItIsForcedAndItsDirectoryIs() throws IOException {
    assertThat(found(mount -> Files.write(mount.getPath("/f"), bytes(4, 1))))
        .containsExactlyInAnyOrder("", "f=#0", "f=0@0#4", "f=1@0#4");
  }

  @Test
  void forcingAFileDoesNotKeepItsName() throws IOException {
    assertThat(
            found(
                mount -> {
                  Files.write(mount.getPath("/f"), bytes(4, 1));
                  force(mount.getPath("/f"));
                }))
        .containsExactlyInAnyOrder("", "f=1@0#4");
  }

  @Test
  void forcingADirectoryDoesNotKeepItsFilesContent() throws IOException {
    assertThat(
            found(
                mount -> {
                  Files.write(mount.getPath("/f"), bytes(4, 1));
                  force(mount.getPath("/"));
                }))
        .containsExactlyInAnyOrder("f=#0", "f=0@0#4", "f=1@0#4");
  }

  @Test
  void aRenameThatIsNotForcedMayBeLostButIsNeverHalfDone() throws IOException {
    assertThat(
            found(
                mount -> {
                  Path target = mount.getPath("/f");
                  DurableFiles.write(target, bytes(4, 1));
                  Path temporary = Files.write(mount.getPath("/t"), bytes(4, 2));
                  force(temporary);
                  force(mount.getPath("/"));
                  Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                }))
        .containsExactlyInAnyOrder("f=1@0#4 t=2@0#4", "f=2@0#4");
  }

  @Test
  void aRenameOfAFileThatWasNotForcedMayLeaveAnEmptyOne() throws IOException {
    assertThat(
            found(
                mount -> {
                  Path temporary = Files.write(mount.getPath("/t"), bytes(4, 2));
                  Files.move(temporary, mount.getPath("/f"), StandardCopyOption.ATOMIC_MOVE);
                  force(mount.getPath("/"));
                }))
        .contains("f=#0");
  }

  @Test
  void aDeletionThatIsNotForcedMayBeUndone() throws IOException {
    assertThat(
            found(
                mount -> {
                  DurableFiles.write(mount.getPath("/f"), bytes(4, 1));
                  Files.delete(mount.getPath("/f"));
                }))
        .containsExactlyInAnyOrder("", "f=1@0#4");
  }

  @Test
  void aDirectoryWhoseParentIsNotForcedMayBeLostWithAllThatIsInIt() throws IOException {
    assertThat(
            found(
                mount -> {
                  Files.createDirectory(mount.getPath("/d"));
                  DurableFiles.write(mount.getPath("/d/f"), bytes(4, 1));
                }))
        .containsExactlyInAnyOrder("", "d=/[f]");
  }

  @Test
  void durableFilesAreThereWholeOrAsTheyWere() throws IOException {
    for (int crashAt = 0; crashAt < 12; crashAt++) {
      int last = crashAt;
      for (int seed = 0; seed < SEEDS; seed++) {
        FakeDisk disk = new FakeDisk();
        DurableFiles.write(disk.mount(DiskFaults.NONE).getPath("/f"), bytes(1500, 1));
        FileSystem mount = disk.mount(new EndsAt(last));
        boolean done = false;
        try {
          DurableFiles.write(mount.getPath("/f"), bytes(1700, 2));
          done = true;
        } catch (EndsAt.Ended e) {
          FakeDisk.unmount(mount);
        }
        disk.losePower(new SplittableRandom(seed), Survival.ANYTHING);
        String content = summary(disk.content("/f").orElseThrow());
        assertThat(content).isIn(done ? Set.of("2@0#1700") : Set.of("1@0#1500", "2@0#1700"));
      }
    }
  }

  @Test
  void directoriesOfTheProjectSurviveAPowerCutWhoeverDiedWhileMakingThem() throws IOException {
    for (int crashAt = 0; crashAt < 10; crashAt++) {
      FakeDisk disk = new FakeDisk();
      FileSystem killed = disk.mount(new EndsAt(crashAt));
      try {
        DurableFiles.createOwnerOnlyDirectories(killed.getPath("/a/b/c"));
      } catch (EndsAt.Ended e) {
        FakeDisk.unmount(killed);
      }
      DurableFiles.createOwnerOnlyDirectories(disk.mount(DiskFaults.NONE).getPath("/a/b/c"));
      disk.losePower(new SplittableRandom(crashAt), Survival.NOTHING);
      assertThat(disk.names("/a/b")).containsExactly("c");
    }
  }

  /** Ends the process before its n-th change. */
  private static final class EndsAt implements DiskFaults {
    @SuppressWarnings("serial")
    static final class Ended extends Error {}

    private int left;

    EndsAt(int changes) {
      this.left = changes;
    }

    @Override
    public void before(Operation operation, Object path) {
      if (operation.changes() && left-- <= 0) {
        throw new Ended();
      }
    }
  }

  @Test
  void aWriteMayBeTornAtASectorsEdgeOnly() throws IOException {
    Set<String> found =
        found(
            mount -> {
              DurableFiles.write(mount.getPath("/f"), bytes(1024, 1));
              try (FileChannel channel =
                  FileChannel.open(mount.getPath("/f"), StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(bytes(1024, 2)), 0);
              }
            });
    assertThat(found)
        .containsExactlyInAnyOrder(
            "f=1@0#1024", "f=2@0#1024", "f=1@0,2@512#1024", "f=2@0,1@512#1024");
  }

  @Test
  void twoWritesOfASectorSurviveInTheirOrder() throws IOException {
    Set<String> found =
        found(
            mount -> {
              DurableFiles.write(mount.getPath("/f"), bytes(100, 1));
              try (FileChannel channel =
                  FileChannel.open(mount.getPath("/f"), StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(bytes(50, 2)), 0);
                channel.write(ByteBuffer.wrap(bytes(100, 3)), 0);
              }
            });
    assertThat(found).containsExactlyInAnyOrder("f=1@0#100", "f=2@0,1@50#100", "f=3@0#100");
  }

  @Property(tries = 300)
  void everySectorIsOneThatWasThereSinceItWasForced(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    FakeDisk disk = new FakeDisk();
    Path file = disk.mount(DiskFaults.NONE).getPath("/f");
    DurableFiles.write(file, bytes(0, 0));
    List<byte[]> history = new ArrayList<>();
    history.add(new byte[0]);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int i = 1; i < 40; i++) {
        switch (random.nextInt(5)) {
          case 0 -> channel.truncate(random.nextInt(3000));
          case 1 -> {
            channel.force(false);
            history.clear();
          }
          default ->
              channel.write(ByteBuffer.wrap(bytes(random.nextInt(1500), i)), random.nextInt(2000));
        }
        history.add(disk.content("/f").orElseThrow());
      }
    }
    disk.losePower(random, Survival.ANYTHING);

    byte[] left = disk.content("/f").orElseThrow();
    assertThat(history).anyMatch(version -> version.length == left.length);
    for (int at = 0; at < left.length; at += FileNode.SECTOR_BYTES) {
      int from = at;
      int to = Math.min(left.length, at + FileNode.SECTOR_BYTES);
      byte[] sector = Arrays.copyOfRange(left, from, to);
      assertThat(history)
          .as("sector at %d", at)
          .anyMatch(
              version ->
                  Arrays.equals(
                      Arrays.copyOfRange(Arrays.copyOf(version, to + version.length), from, to),
                      sector));
    }
  }

  @Test
  void aWrittenFileIsDurableForTheInvariantsOnlyOnceItIsForcedUnderItsName() throws IOException {
    FakeDisk disk = new FakeDisk();
    FileSystem mount = disk.mount(DiskFaults.NONE);
    Path file = Files.write(mount.getPath("/f"), bytes(4, 1));
    assertThat(disk.durableContent("/f")).isEmpty();
    force(file);
    assertThat(disk.durableContent("/f")).isEmpty();
    force(mount.getPath("/"));
    assertThat(disk.durableContent("/f")).contains(bytes(4, 1));
    Files.delete(file);
    assertThat(disk.durableContent("/f")).isEmpty();
  }

  @Test
  void aKilledProcessLosesNothing() throws IOException {
    FakeDisk disk = new FakeDisk();
    FileSystem mount = disk.mount(DiskFaults.NONE);
    Files.write(mount.getPath("/f"), bytes(4, 1));
    FakeDisk.unmount(mount);
    assertThat(Files.readAllBytes(disk.mount(DiskFaults.NONE).getPath("/f")))
        .isEqualTo(bytes(4, 1));
  }

  @Test
  void aFullDiskTakesHolesAndWhatIsThereButNothingNew() throws IOException {
    FakeDisk disk = new FakeDisk();
    Path file = disk.mount(DiskFaults.NONE).getPath("/f");
    Files.write(file, bytes(600, 1));
    assertThat(disk.usedBytes()).isEqualTo(1024);
    disk.setCapacityBytes(1024);

    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      assertThat(channel.write(ByteBuffer.wrap(bytes(1100, 2)), 0)).isEqualTo(512);
      assertThat(channel.write(ByteBuffer.wrap(bytes(512, 2)), 512)).isEqualTo(512);
      assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(bytes(1, 2)), 1024))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("No space left");
      disk.setCapacityBytes(2048);
      assertThat(channel.write(ByteBuffer.wrap(bytes(1, 2)), 100_000)).isEqualTo(1);
      assertThat(Files.getFileStore(file).getUsableSpace()).isEqualTo(512);
    }
  }

  @Test
  void aFaultFailsTheOperationAndNothingOfItHappens() throws IOException {
    FakeDisk disk = new FakeDisk();
    FileSystem mount =
        disk.mount(
            (operation, path) -> {
              if (operation == DiskFaults.Operation.MOVE) {
                throw new IOException("injected");
              }
            });
    assertThatThrownBy(() -> DurableFiles.write(mount.getPath("/f"), bytes(4, 1)))
        .hasMessage("injected");
    assertThat(disk.names("/")).isEmpty();
  }

  @Test
  void aDiskThatIgnoresForceLosesWhatWasForced() throws IOException {
    Set<Boolean> kept = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      FakeDisk disk = new FakeDisk();
      DiskFaults lies =
          new DiskFaults() {
            @Override
            public void before(Operation operation, Object path) {}

            @Override
            public boolean honoursForce(Object path) {
              return false;
            }
          };
      DurableFiles.write(disk.mount(lies).getPath("/f"), bytes(4, 1));
      disk.losePower(new SplittableRandom(seed), Survival.ANYTHING);
      kept.add(disk.content("/f").isPresent());
    }
    assertThat(kept).containsExactlyInAnyOrder(true, false);
  }
}

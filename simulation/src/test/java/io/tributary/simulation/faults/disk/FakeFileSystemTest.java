package io.tributary.simulation.faults.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tributary.common.store.DurableFiles;
import io.tributary.common.store.HomeLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The real file system is the oracle: whatever a program does, it sees the same on both. */
class FakeFileSystemTest {
  private static final String[] NAMES = {"a", "b", "d/a", "d/b", "d", "e", "e/x/y", "e/x"};

  private final FakeDisk disk = new FakeDisk();
  private final FileSystem mount = disk.mount(DiskFaults.NONE);

  @Property(tries = 60)
  void aProgramSeesWhatItWouldSeeOnARealDisk(@ForAll long seed) throws IOException {
    Path real = Files.createTempDirectory("fake-disk-oracle");
    try {
      Path fake = new FakeDisk().mount(DiskFaults.NONE).getPath("/home");
      Files.createDirectory(fake);
      Random choices = new Random(seed);
      for (int i = 0; i < 60; i++) {
        int what = choices.nextInt(10);
        String one = NAMES[choices.nextInt(NAMES.length)];
        String two = NAMES[choices.nextInt(NAMES.length)];
        int number = choices.nextInt(3000);
        assertThat(attempt(fake, what, one, two, number))
            .as("step %d: operation %d on %s, %s, %d", i, what, one, two, number)
            .isEqualTo(attempt(real, what, one, two, number));
      }
      assertThat(tree(fake)).isEqualTo(tree(real));
    } finally {
      try (Stream<Path> left = Files.walk(real)) {
        for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static String attempt(Path home, int what, String one, String two, int number) {
    Path path = home.resolve(one);
    try {
      return switch (what) {
        case 0 -> String.valueOf(Files.write(path, bytes(number)).startsWith(home));
        case 1 -> {
          try (FileChannel channel =
              FileChannel.open(
                  path,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes(number % 700)), number);
            ByteBuffer read = ByteBuffer.allocate(900);
            yield channel.read(read, number / 2) + " of " + channel.size() + sum(read);
          }
        }
        case 2 -> String.valueOf(sum(ByteBuffer.wrap(Files.readAllBytes(path))));
        case 3 -> {
          Files.delete(path);
          yield "deleted";
        }
        case 4 -> {
          Files.createDirectories(path);
          yield "made";
        }
        case 5 -> {
          try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            yield channel.truncate(number).size() + "";
          }
        }
        case 6 -> tree(path).toString();
        case 7 -> Files.exists(path) + " " + Files.isDirectory(path) + Files.isRegularFile(path);
        case 8 -> {
          try (DirectoryStream<Path> found = Files.newDirectoryStream(path, "*a")) {
            List<String> names = new ArrayList<>();
            found.forEach(each -> names.add(each.getFileName().toString()));
            yield names.toString();
          }
        }
        default -> {
          // Renaming files only: what replaces a directory differs between systems.
          if (!Files.isRegularFile(path) || Files.isDirectory(home.resolve(two))) {
            yield "left";
          }
          DurableFiles.publish(path, home.resolve(two));
          yield "moved";
        }
      };
    } catch (IOException e) {
      // Systems differ in how they say that a part of a path is no directory.
      return "fails";
    }
  }

  private static byte[] bytes(int number) {
    byte[] bytes = new byte[number];
    new Random(number).nextBytes(bytes);
    return bytes;
  }

  private static int sum(ByteBuffer read) {
    return read.duplicate().clear().hashCode();
  }

  private static List<String> tree(Path top) throws IOException {
    List<String> tree = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(top)) {
      for (Path path : paths.sorted().toList()) {
        tree.add(
            top.relativize(path)
                + (Files.isDirectory(path)
                    ? "/"
                    : " " + Files.size(path) + sum(ByteBuffer.wrap(Files.readAllBytes(path)))));
      }
    }
    return tree;
  }

  @Test
  void durableFilesAndTheirPermissionsAreAsOnPosix() throws IOException {
    Path home = mount.getPath("/home/x");
    DurableFiles.createOwnerOnlyDirectories(home);
    DurableFiles.writeOwnerOnly(home.resolve("key"), "secret".getBytes(UTF_8));

    assertThat(Files.readString(home.resolve("key"))).isEqualTo("secret");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("key"))))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
        .isEqualTo("rwx------");
  }

  @Test
  void aHomeIsTakenAndLeftLikeOneOnDisk() {
    Path home = mount.getPath("/home");
    try (HomeLock lock = HomeLock.acquire(home)) {
      assertThat(lock.home()).isEqualTo(home);
      assertThatThrownBy(() -> HomeLock.acquire(home)).hasMessageContaining("in use");
    }
    HomeLock.acquire(home).close();
  }

  @Test
  void timesAreKept() throws IOException {
    Path file = Files.writeString(mount.getPath("/f"), "x");
    Files.setLastModifiedTime(file, FileTime.fromMillis(12_345));
    assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(12_345);
  }

  @Test
  void pathsOfTwoMountsAreNeverEqual() {
    assertThat(mount.getPath("/a")).isNotEqualTo(disk.mount(DiskFaults.NONE).getPath("/a"));
  }

  @Test
  void whatADeadProcessStillHoldsReachesTheDiskNoMore() throws IOException {
    Path file = Files.writeString(mount.getPath("/f"), "before");
    FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE);
    FakeDisk.unmount(mount);

    assertThatThrownBy(() -> Files.writeString(file, "after")).isInstanceOf(Exception.class);
    assertThatThrownBy(() -> open.write(ByteBuffer.wrap(new byte[1])))
        .isInstanceOf(Exception.class);
    open.close();
    assertThat(Files.readString(disk.mount(DiskFaults.NONE).getPath("/f"))).isEqualTo("before");
  }
}

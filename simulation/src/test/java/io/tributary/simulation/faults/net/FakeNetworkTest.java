package io.tributary.simulation.faults.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tributary.common.tls.PeerIdentity;
import io.tributary.common.tls.SiteName;
import io.tributary.common.wire.ChunkReadException;
import io.tributary.common.wire.ChunkSet;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.ProtocolException;
import io.tributary.common.wire.TaskId;
import io.tributary.common.wire.WireConnection;
import io.tributary.common.wire.WireLimits;
import io.tributary.common.wire.WireListener;
import io.tributary.common.wire.v1.Envelope;
import io.tributary.common.wire.v1.Farewell;
import io.tributary.simulation.faults.EventQueue;
import io.tributary.simulation.faults.FakeProcess;
import io.tributary.simulation.faults.FakeProcess.Death;
import io.tributary.simulation.faults.net.FakeLink.Way;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FakeNetworkTest {
  private static final SiteName SITE = new SiteName("a");
  private static final TaskId TASK = new TaskId("run", 1, 1, TaskId.Kind.TRAIN);
  private static final int CHUNKS = 12;
  private static final int CHUNK_BYTES = 100;

  private static final class Nobody implements FakeNetwork.Watch {
    @Override
    public void trace(Supplier<String> line) {}

    @Override
    public void sent(SiteName site, Way way, Envelope message) {}
  }

  /** Writes down what it hears. */
  private static class Ear implements WireListener {
    final List<String> heard = new ArrayList<>();
    WireConnection connection;

    @Override
    public void opened(WireConnection opened) {
      connection = opened;
      heard.add("opened");
    }

    @Override
    public void control(WireConnection from, Envelope message) {
      heard.add(message.getFarewell().getReason());
    }

    @Override
    public void chunk(WireConnection from, TaskId task, int index, ByteBuf data) {
      heard.add("chunk " + index);
    }

    @Override
    public void closed(WireConnection from, String reason) {
      heard.add("closed");
    }
  }

  /** One site, one coordinator, connected. */
  private static final class Pair {
    final EventQueue events;
    final FakeNetwork network;
    final FakeProcess site;
    final FakeProcess coordinator;
    final Ear up; // the coordinator's
    final Ear down; // the site's
    CompletableFuture<WireConnection> dialed;

    Pair(long seed, Ear up, Ear down) {
      this.events = new EventQueue(new SplittableRandom(seed));
      this.network = new FakeNetwork(events, WireLimits.DEFAULT, new Nobody());
      this.site = new FakeProcess("site", events);
      this.coordinator = new FakeProcess("coordinator", events);
      this.up = up;
      this.down = down;
      network.listen(coordinator, peer -> up);
      dialed = dial();
    }

    Pair(long seed) {
      this(seed, new Ear(), new Ear());
      run(1000);
      assertThat(dialed).isCompletedWithValue(down.connection);
      assertThat(up.heard).containsExactly("opened");
      assertThat(down.heard).containsExactly("opened");
      up.heard.clear();
      down.heard.clear();
    }

    CompletableFuture<WireConnection> dial() {
      return network.dial(site, SITE, site.thread(), down);
    }

    FakeLink link() {
      return network.link(SITE);
    }

    void run(long millis) {
      long end = events.nowMillis() + millis;
      events.at(end, () -> {});
      while (events.nowMillis() < end && events.step()) {}
    }

    void say(String text) {
      down.connection.send(message(text));
    }
  }

  private static Envelope message(String text) {
    return Envelope.newBuilder().setFarewell(Farewell.newBuilder().setReason(text)).build();
  }

  private static ChunkSource source() {
    ByteBuffer bytes = ByteBuffer.allocate(CHUNKS * CHUNK_BYTES);
    return ChunkSource.ofBytes(bytes, Manifest.of(bytes, CHUNK_BYTES));
  }

  private static List<String> chunks(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "chunk " + i).toList();
  }

  @Test
  void aConnectionKeepsItsOrder() {
    for (int seed = 0; seed < 50; seed++) {
      Pair pair = new Pair(seed);
      pair.link().speed(1, 200, 10);
      List<String> said = IntStream.range(0, 20).mapToObj(Integer::toString).toList();
      said.forEach(pair::say);
      pair.run(10_000);
      assertThat(pair.up.heard).isEqualTo(said);
    }
  }

  @Test
  void chunksComeInOrderAndControlOvertakesThoseThatWait() {
    Pair pair = new Pair(1);
    var sent = pair.down.connection.sendChunks(TASK, source(), ChunkSet.all(CHUNKS));
    pair.run(1); // the pump has filled the line
    pair.say("control");
    pair.run(10_000);

    assertThat(sent).isCompleted();
    assertThat(pair.up.heard).containsAll(chunks(0, CHUNKS)).hasSize(CHUNKS + 1);
    assertThat(pair.up.heard.indexOf("control")).isLessThan(CHUNKS);
    assertThat(pair.up.heard.stream().filter(each -> each.startsWith("chunk")))
        .containsExactlyElementsOf(chunks(0, CHUNKS));
    assertThat(pair.network.buffersHeld()).isZero();
    assertThat(pair.up.connection.bytesReceived())
        .isEqualTo(pair.down.connection.bytesSent())
        .isGreaterThan(CHUNKS * CHUNK_BYTES);
  }

  @Test
  void onlyWhatIsLackingIsSentAndACancelledTransferStops() {
    Pair pair = new Pair(1);
    ChunkSet lacking = ChunkSet.none(CHUNKS);
    lacking.add(3);
    lacking.add(7);
    var sent = pair.down.connection.sendChunks(TASK, source(), lacking);
    pair.run(1000);
    assertThat(sent).isCompleted();
    assertThat(pair.up.heard).containsExactly("chunk 3", "chunk 7");

    pair.up.heard.clear();
    var cancelled = pair.down.connection.sendChunks(TASK, source(), ChunkSet.all(CHUNKS));
    cancelled.cancel(false);
    pair.run(1000);
    assertThat(pair.up.heard).isEmpty();
  }

  @Test
  void aSourceThatFailsEndsItsTransferOnly() {
    Pair pair = new Pair(1);
    ChunkSource broken =
        new ChunkSource() {
          @Override
          public Manifest manifest() {
            return source().manifest();
          }

          @Override
          public void read(int index, ByteBuf into) throws IOException {
            throw new IOException("gone");
          }
        };
    var sent = pair.down.connection.sendChunks(TASK, broken, ChunkSet.all(CHUNKS));
    pair.run(1000);
    assertThat(sent).isCompletedExceptionally();
    assertThat(sent.handle((nothing, failure) -> failure).join())
        .isInstanceOf(ChunkReadException.class);
    assertThat(pair.down.connection.isOpen()).isTrue();
  }

  @Test
  void aPausedReaderHoldsTheSenderBack() {
    Pair pair = new Pair(1);
    pair.up.connection.pauseReading();
    var sent = pair.down.connection.sendChunks(TASK, source(), ChunkSet.all(CHUNKS));
    pair.run(60_000);
    assertThat(pair.up.heard).isEmpty();
    assertThat(sent).isNotDone();
    pair.up.connection.resumeReading();
    pair.run(1000);
    assertThat(pair.up.heard).isEqualTo(chunks(0, CHUNKS));
    assertThat(sent).isCompleted();
  }

  @Test
  void aCutLosesATailOfWhatWasSentAndEachEndHearsOfItOnceInItsOwnTime() {
    Set<Integer> lengths = new HashSet<>();
    Set<String> first = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      Pair pair = new Pair(seed);
      var sent = pair.down.connection.sendChunks(TASK, source(), ChunkSet.all(CHUNKS));
      pair.events.after(pair.events.random().nextInt(60), pair.link()::cut);
      while (!pair.up.heard.contains("closed") && !pair.down.heard.contains("closed")) {
        pair.events.step();
      }
      first.add(pair.up.heard.contains("closed") ? "coordinator" : "site");
      pair.run(60_000);

      int length = pair.up.heard.size() - 1;
      assertThat(pair.up.heard.subList(0, length)).isEqualTo(chunks(0, length));
      assertThat(pair.up.heard.get(length)).isEqualTo("closed");
      assertThat(pair.down.heard).containsExactly("closed");
      assertThat(sent).isDone();
      lengths.add(length);
    }
    assertThat(lengths).hasSizeGreaterThan(4);
    assertThat(first).containsExactlyInAnyOrder("coordinator", "site");
  }

  @Test
  void aShortPartitionDelaysAndLosesNothing() {
    Pair pair = new Pair(1);
    pair.link().block(Way.UP);
    pair.say("held");
    pair.run(20_000);
    assertThat(pair.up.heard).isEmpty();
    pair.up.connection.send(message("the other way is open"));
    pair.run(100);
    assertThat(pair.down.heard).containsExactly("the other way is open");
    pair.link().heal();
    pair.run(100);
    assertThat(pair.up.heard).containsExactly("held");
  }

  @Test
  void aLongPartitionEndsTheConnectionAtBothEndsAndNobodyConnects() {
    for (Way way : Way.values()) {
      Pair pair = new Pair(1);
      pair.link().block(way);
      pair.say("lost or held");
      pair.run(WireLimits.DEFAULT.idleTimeoutMillis() * 3);
      assertThat(pair.up.heard.get(pair.up.heard.size() - 1)).isEqualTo("closed");
      assertThat(pair.down.heard).containsExactly("closed");

      var again = pair.dial();
      pair.run(60_000);
      assertThat(again).isCompletedExceptionally();
      pair.link().heal();
      var healed = pair.dial();
      pair.run(1000);
      assertThat(healed).isCompleted();
    }
  }

  @Test
  void aKilledProcessIsNoticedSoonAndAMachineWithoutPowerBySilence() {
    long soonest = Long.MAX_VALUE;
    long latest = 0;
    for (int seed = 0; seed < 50; seed++) {
      for (Death death : new Death[] {Death.KILLED, Death.POWER_LOST}) {
        Pair pair = new Pair(seed);
        long at = pair.events.nowMillis();
        pair.site.end(death);
        pair.network.ended(pair.site, death == Death.POWER_LOST);
        while (pair.up.heard.isEmpty()) {
          assertThat(pair.events.step()).isTrue();
        }
        assertThat(pair.up.heard).containsExactly("closed");
        assertThat(pair.down.heard).isEmpty();
        long noticed = pair.events.nowMillis() - at;
        if (death == Death.KILLED) {
          assertThat(noticed).isLessThan(100);
        }
        soonest = Math.min(soonest, noticed);
        latest = Math.max(latest, noticed);
      }
    }
    assertThat(soonest).isLessThan(20);
    assertThat(latest).isGreaterThan(WireLimits.DEFAULT.idleTimeoutMillis() / 2);
  }

  @Test
  void nobodyListensAfterTheCoordinatorsEnd() {
    Pair pair = new Pair(1);
    pair.coordinator.end(Death.KILLED);
    pair.network.ended(pair.coordinator, false);
    var again = pair.dial();
    pair.run(1000);
    assertThat(again).isCompletedExceptionally();
    assertThat(pair.down.heard).containsExactly("closed");
  }

  @Test
  void aConnectionThatBreaksInItsHandshakeFailsTheDial() {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      Pair pair = new Pair(seed, new Ear(), new Ear());
      pair.events.after(pair.events.random().nextInt(15), pair.link()::cut);
      pair.run(60_000);
      assertThat(pair.dialed).isDone();
      boolean failed = pair.dialed.isCompletedExceptionally();
      assertThat(pair.down.heard.isEmpty()).isEqualTo(failed);
      outcomes.add(failed + " " + pair.up.heard);
    }
    assertThat(outcomes).contains("true [opened, closed]", "false [opened]");
  }

  @Test
  void closingSaysWhatWasSentBeforeAndThenGoodbye() {
    Pair pair = new Pair(1);
    pair.say("last words");
    pair.down.connection.close("done");
    assertThat(pair.down.connection.isOpen()).isFalse();
    pair.say("too late");
    pair.run(100_000);
    assertThat(pair.up.heard).containsExactly("last words", "closed");
    assertThat(pair.down.heard).containsExactly("closed");
  }

  @Test
  void aBreachOfTheProtocolRefusesThePeerAndIsNoDefect() {
    Ear strict =
        new Ear() {
          @Override
          public void control(WireConnection from, Envelope message) {
            throw new ProtocolException("no such message");
          }
        };
    Pair pair = new Pair(1, strict, new Ear());
    pair.run(1000);
    pair.say("anything");
    pair.run(100_000);
    assertThat(strict.heard).containsExactly("opened", "closed");
    assertThat(pair.down.heard).containsExactly("opened", "closed");
    assertThat(pair.coordinator.defects()).isEmpty();
  }

  @Test
  void aBufferThatIsKeptIsCounted() {
    List<ByteBuf> kept = new ArrayList<>();
    Ear keeper =
        new Ear() {
          @Override
          public void chunk(WireConnection from, TaskId task, int index, ByteBuf data) {
            kept.add(data.retain());
          }
        };
    Pair pair = new Pair(1, keeper, new Ear());
    pair.run(1000);
    var unused = pair.down.connection.sendChunks(TASK, source(), ChunkSet.all(CHUNKS));
    pair.run(1000);
    assertThat(pair.network.buffersHeld()).isEqualTo(CHUNKS);
    kept.forEach(ByteBuf::release);
    assertThat(pair.network.buffersHeld()).isZero();
  }

  @Test
  void whatIsSentAtOnceComesAfterTheOpening() {
    for (int seed = 0; seed < 50; seed++) {
      Ear talkative =
          new Ear() {
            @Override
            public void opened(WireConnection opened) {
              opened.send(message("hello"));
            }
          };
      Pair pair = new Pair(seed, talkative, new Ear());
      pair.run(1000);
      assertThat(pair.down.heard).containsExactly("opened", "hello");
    }
  }

  @Test
  void thePeerIsWhoDialed() {
    List<PeerIdentity> peers = new ArrayList<>();
    EventQueue events = new EventQueue(new SplittableRandom(1));
    FakeNetwork network = new FakeNetwork(events, WireLimits.DEFAULT, new Nobody());
    network.listen(
        new FakeProcess("coordinator", events),
        peer -> {
          peers.add(peer);
          return new Ear();
        });
    FakeProcess site = new FakeProcess("site", events);
    var unused = network.dial(site, SITE, site.thread(), new Ear());
    while (events.step()) {}
    assertThat(peers)
        .singleElement()
        .isInstanceOfSatisfying(
            PeerIdentity.Site.class, peer -> assertThat(peer.name()).isEqualTo(SITE));
  }
}

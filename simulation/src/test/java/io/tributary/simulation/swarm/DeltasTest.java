package io.tributary.simulation.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tributary.common.wire.Manifest;
import io.tributary.common.wire.WireLimits;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeltasTest {
  private static final int CHUNK_VALUES = WireLimits.DEFAULT.chunkBytes() / Float.BYTES;
  private static final int VALUES = 2 * CHUNK_VALUES + 100;

  private static Deltas deltas() {
    return new Deltas(1, VALUES, WireLimits.DEFAULT);
  }

  private static ByteBuf update(Deltas deltas, int client, int round) {
    DeltaSource source = new DeltaSource(deltas, client, round, deltas.manifest(client, round));
    ByteBuf all = Unpooled.buffer();
    for (int i = 0; i < source.manifest().chunkCount(); i++) {
      source.read(i, all);
    }
    return all;
  }

  @Test
  void whatIsSentIsWhatTheManifestSays() {
    Deltas deltas = deltas();
    ByteBuffer sent = update(deltas, 3, 2).nioBuffer();
    assertThat(sent.remaining()).isEqualTo(VALUES * Float.BYTES);
    assertThat(deltas.manifest(3, 2)).isEqualTo(Manifest.of(sent, WireLimits.DEFAULT.chunkBytes()));
  }

  @Test
  void anUpdateDependsOnClientAndRoundAlone() {
    assertThat(deltas().manifest(5, 1)).isEqualTo(deltas().manifest(5, 1));
  }

  @Test
  void noTwoClientsAndNoTwoRoundsSendTheSame() {
    Deltas small = new Deltas(1, 100, WireLimits.DEFAULT);
    Set<Manifest> seen = new HashSet<>();
    for (int client = 0; client < SwarmOptions.MAX_CLIENTS; client++) {
      assertThat(seen.add(small.manifest(client, 1))).as("client %d", client).isTrue();
    }
    assertThat(seen.add(small.manifest(0, 2))).isTrue();
    assertThat(seen.add(small.manifest(0, 3))).isTrue();
  }

  @Test
  void valuesAreSmallFiniteAndOfBothSigns() {
    FloatBuffer values =
        update(deltas(), 0, 1).nioBuffer().order(java.nio.ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    double sum = 0;
    for (int i = 0; i < VALUES; i++) {
      least = Math.min(least, values.get(i)); // NaN would stay
      most = Math.max(most, values.get(i));
      sum += values.get(i);
    }
    assertThat(least).isBetween(-Deltas.LARGEST, -0.99f * Deltas.LARGEST);
    assertThat(most).isBetween(0.99f * Deltas.LARGEST, Deltas.LARGEST);
    assertThat(Math.abs(sum / VALUES)).isLessThan(0.01 * Deltas.LARGEST);
  }

  @Test
  void weightsDifferAndAreWithinTheJobsBound() {
    Deltas deltas = deltas();
    Set<Long> weights = new HashSet<>();
    for (int client = 0; client < 1_000; client++) {
      assertThat(deltas.weight(client)).isBetween(1L, 1_000L);
      weights.add(deltas.weight(client));
    }
    assertThat(weights).hasSize(1_000);
  }
}

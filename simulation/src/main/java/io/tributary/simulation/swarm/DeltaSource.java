package io.tributary.simulation.swarm;

import io.netty.buffer.ByteBuf;
import io.tributary.common.wire.ChunkSource;
import io.tributary.common.wire.Manifest;

/**
 * One client's update of one round, made while it is sent.
 *
 * @param deltas of the swarm
 * @param client whose
 * @param round of which round
 * @param manifest {@link Deltas#manifest} of the two
 */
record DeltaSource(Deltas deltas, int client, int round, Manifest manifest) implements ChunkSource {
  @Override
  public void read(int index, ByteBuf into) {
    into.writeBytes(deltas.chunk(client, round, index, manifest.chunkLength(index)));
  }
}

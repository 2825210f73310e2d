package io.tributary.coordinator.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Updates that no rule may see: each is refused with its numbers, and the round goes on. */
class BadUpdateTest {
  @TempDir Path home;

  private static ByteBuffer endingWith(World world, float last) {
    ByteBuffer update = World.delta(world.updateValues(), 0.5f);
    update.putFloat(Float.BYTES * (world.updateValues() - 1), last);
    return update;
  }

  @Test
  void weightsBeyondTheirBoundsAndInfiniteValuesCostOnlyTheirSites() {
    World world = new World(home, World.job(1, World.rules(6, 1, 1)));
    int values = world.updateValues();
    world.connect(new ScriptedSite(world, "good", 0.5f, 10));
    world.connect(new ScriptedSite(world, "weightless", 0.5f, 0));
    world.connect(new ScriptedSite(world, "beyond-long", 0.5f, -1));
    world.connect(
        new ScriptedSite(world, "infinite", 0, 10)
            .withUpdate(endingWith(world, Float.POSITIVE_INFINITY)));
    world.connect(
        new ScriptedSite(world, "minus-infinite", 0, 10)
            .withUpdate(endingWith(world, Float.NEGATIVE_INFINITY)));
    world.connect(
        new ScriptedSite(world, "twice-as-long", 0, 10).withUpdate(World.delta(2 * values, 0)));

    assertThat(world.play().outcome()).isEqualTo("completed");

    Map<String, String> reasons = new HashMap<>();
    for (RoundRecord.Site site : world.records().get(1).sites()) {
      reasons.put(site.site(), site.state() + ": " + site.reason());
    }
    assertThat(reasons.get("good")).startsWith("folded");
    assertThat(reasons.get("weightless"))
        .endsWith("weight is 0 but must be 1 to update.max-weight, 1000");
    assertThat(reasons.get("beyond-long"))
        .endsWith("weight is 18446744073709551615 but must be 1 to update.max-weight, 1000");
    assertThat(reasons.get("infinite")).endsWith("is Infinity but must be finite");
    assertThat(reasons.get("minus-infinite")).endsWith("is -Infinity but must be finite");
    assertThat(reasons.get("twice-as-long"))
        .endsWith(
            "update has %d bytes but %d trainable parameters need %d"
                .formatted(8 * values, values, 4 * values));
    assertThat(world.spool).isEmptyDirectory();
  }

  @Test
  void aDiskWithoutRoomForASpoolCostsTheSiteItsConnectionAndTheRoundGoesOn() {
    World world = new World(home, World.job(1, World.rules(2, 2, 1)));
    world.connect(new ScriptedSite(world, "one", 0.5f, 10));
    world.connect(new ScriptedSite(world, "two", 0.25f, 10));
    world.opensThatFail = 2;

    assertThat(world.play().outcome()).isEqualTo("completed");

    assertThat(world.closedConnections)
        .hasSize(2)
        .allMatch(line -> line.contains("the coordinator cannot spool the update"))
        .allMatch(line -> line.contains("needs 100 more bytes but its disk has only 10"));
    assertThat(world.records().get(1).sites())
        .extracting(site -> site.site() + " " + site.state())
        .containsExactly("one folded", "two folded");
  }
}

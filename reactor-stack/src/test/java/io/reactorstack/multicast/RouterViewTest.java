package io.reactorstack.multicast;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.multicast.LinkTimeline.Family;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.GroupRecord;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The state that a router derives from a host's reports equals the host's filter, even if every second report is lost.
 */
class RouterViewTest {

  private static final int WORLDS = 2000;
  private static final int STEPS = 30;

  /** The state that a router keeps of one host (RFC 3376 section 6.4, without timers). */
  private static final class Router {

    private final Map<IpAddress, SourceFilter> groups = new HashMap<>();

    void hear(GroupRecord record) {
      SourceFilter before = of(record.group());
      Set<IpAddress> sources = new LinkedHashSet<>(record.sources());
      groups.put(record.group(), switch (record.kind()) {
        case CHANGE_TO_INCLUDE -> new SourceFilter(false, sources);
        case CHANGE_TO_EXCLUDE, MODE_IS_EXCLUDE -> new SourceFilter(true, sources);
        // The response to a query for sources contains only some of them.
        case MODE_IS_INCLUDE, ALLOW_NEW_SOURCES -> changed(before, sources, !before.excludes());
        case BLOCK_OLD_SOURCES -> changed(before, sources, before.excludes());
      });
    }

    private static SourceFilter changed(SourceFilter before, Set<IpAddress> sources, boolean more) {
      Set<IpAddress> listed = new LinkedHashSet<>(before.sources());
      if (more) {
        listed.addAll(sources);
      } else {
        listed.removeAll(sources);
      }
      return new SourceFilter(before.excludes(), listed);
    }

    SourceFilter of(IpAddress group) {
      return groups.getOrDefault(group, SourceFilter.NONE);
    }
  }

  private static SourceFilter random(LinkTimeline link, Random random) {
    int[] hosts = random.ints(random.nextInt(4), 1, 6).distinct().toArray();
    return random.nextBoolean() ? link.exclude(hosts) : link.include(hosts);
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC3376-5.1-01", "RFC3810-6.1-01"})
  void reportsConveyTheFilterThoughEverySecondIsLost(Family family) {
    long seed = new Random().nextLong();
    for (int world = 0; world < WORLDS; world++) {
      Random random = new Random(seed + world);
      LinkTimeline link = new LinkTimeline(family, seed + world);
      Router router = new Router();
      SourceFilter wanted = SourceFilter.NONE;
      boolean lost = false;
      for (int step = 0; step < STEPS; step++) {
        wanted = random(link, random);
        link.change(1, wanted);
        link.pass(random.nextInt(3) == 0 ? 0 : random.nextInt(1500));
        lost = deliver(link, router, random, lost);
      }
      link.pass(5000);
      deliver(link, router, random, lost);
      assertThat(router.of(family.group(1))).as("seed %d, world %d", seed, world).isEqualTo(wanted);
    }
  }

  private static boolean deliver(LinkTimeline link, Router router, Random random, boolean lostBefore) {
    boolean lost = lostBefore;
    for (LinkTimeline.Said said : link.said) {
      lost = !lost && random.nextBoolean();
      if (!lost) {
        ((GroupMessage.Report) said.message()).records().forEach(router::hear);
      }
    }
    link.said.clear();
    return lost;
  }
}

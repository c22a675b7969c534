package io.reactorstack.nat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The hash table and the port set behave as their counterparts in the JDK. */
class LongTableTest {

  @Property(tries = 200)
  void behavesAsAMap(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int keys) {
    SplittableRandom random = new SplittableRandom(seed);
    LongTable<String> table = new LongTable<>(random);
    Map<Long, String> map = new HashMap<>();
    for (int step = 0; step < 1000; step++) {
      long key = (long) random.nextInt(keys) << 40 | random.nextInt(2);
      boolean removes = random.nextInt(1000) < step;
      if (removes) {
        table.remove(key);
        map.remove(key);
      } else {
        table.put(key, "v" + step);
        map.put(key, "v" + step);
      }
      assertThat(table.get(key)).isEqualTo(map.get(key));
      assertThat(table.size()).isEqualTo(map.size());
    }
    map.forEach((key, value) -> assertThat(table.get(key)).isEqualTo(value));
    List<String> values = new ArrayList<>();
    table.forEach(values::add);
    assertThat(values).containsExactlyInAnyOrderElementsOf(map.values());
    List.copyOf(map.keySet()).forEach(table::remove);
    assertThat(table.size()).isZero();
    assertThat(table.capacity()).isEqualTo(8);
  }

  @Property(tries = 500)
  void findsTheNextUnusedPort(@ForAll long seed, @ForAll @IntRange(max = 300) int from,
      @ForAll @IntRange(max = 300) int last, @ForAll @IntRange(min = -1, max = 1) int parity) {
    SplittableRandom random = new SplittableRandom(seed);
    PortSet used = new PortSet();
    BitSet unsuitable = new BitSet();
    for (int port = 0; port <= 400; port++) {
      if (random.nextInt(20) != 0) {
        used.add(port);
        unsuitable.set(port);
      } else if (parity >= 0 && port % 2 != parity) {
        unsuitable.set(port);
      }
    }
    int next = unsuitable.nextClearBit(from);
    assertThat(used.nextUnused(from, last, parity)).isEqualTo(next <= last ? next : -1);
  }

  @Property(tries = 50)
  void aPortCanBeAddedAndRemoved(@ForAll @IntRange(max = 65_535) int port) {
    PortSet used = new PortSet();
    assertThat(used.contains(port)).isFalse();
    used.add(port);
    assertThat(used.contains(port)).isTrue();
    assertThat(used.nextUnused(port, port, -1)).isEqualTo(-1);
    used.remove(port);
    assertThat(used.nextUnused(port, 65_535, -1)).isEqualTo(port);
    assertThat(used.nextUnused(port, port, port & 1)).isEqualTo(port);
    assertThat(used.nextUnused(port, port, port & 1 ^ 1)).isEqualTo(-1);
  }
}

package io.reactorstack.benchmarks.suite;

import io.reactorstack.benchmarks.suite.group.ActiveAmongIdleGroup;
import io.reactorstack.benchmarks.suite.group.AllocationGroup;
import io.reactorstack.benchmarks.suite.group.IdleGroup;
import io.reactorstack.benchmarks.suite.group.MemoryGroups;
import io.reactorstack.benchmarks.suite.group.TapGroups;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All groups. */
final class Groups {

  static final List<Group> ALL = Stream.of(
      TapGroups.ALL,
      MemoryGroups.ALL,
      List.<Group>of(new IdleGroup(), new ActiveAmongIdleGroup(), new AllocationGroup())).flatMap(List::stream)
      .toList();

  private Groups() {}

  static Optional<Group> named(String name) {
    return ALL.stream().filter(group -> group.name().equals(name)).findFirst();
  }
}

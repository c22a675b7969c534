package io.reactorstack.benchmarks.suite;

import java.util.List;
import java.util.Set;

/** A kind of work, measured in a JVM of its own. */
public interface Group {

  /** The name on the command line and in the report. */
  String name();

  /** The work, in one sentence. */
  String description();

  /** The conditions under which the group can run. */
  default Set<Need> needs() {
    return Set.of();
  }

  /** The command that starts the JVM of the group, such as {@code taskset -c 0}; empty if it needs none. */
  default List<String> launcher() {
    return List.of();
  }

  /** The flags of the JVM, in addition to those of all groups. */
  default List<String> jvmFlags() {
    return List.of();
  }

  /** Measures and records the values; called once, in the JVM of the group. */
  void measure(Plan plan, Results results) throws Exception;
}

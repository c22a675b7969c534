package io.reactorstack.test.clients;

import java.util.List;

/** Services and clients in a lab, which have been made and not been used yet. */
@FunctionalInterface
interface Scenario {

  /** Uses them, ends them and returns the faults found, as sentences; from outside the world, once. */
  List<String> run();
}

package io.reactorstack.test.clients;

import java.util.List;

/** Services and clients in a lab that have been created but not used yet. */
@FunctionalInterface
interface Scenario {

  /**
   * Uses and stops the services and returns the faults found, as sentences; to be called once, from outside the world.
   */
  List<String> run();
}

package io.reactorstack.benchmarks.suite;

import java.time.Duration;
import java.util.Map;

/** One of the programs that do the work of a group, in turns. Outside its turns it does nothing. */
public interface Contestant extends AutoCloseable {

  /** The part that a contestant has in the comparison. */
  enum Role {
    /** Code of this project: the report has its ratio to each floor and peer. */
    SUBJECT,
    /** A minimal program that shows what the device and the language allow. */
    FLOOR,
    /** Other software for the same purpose, or the same software under other conditions. */
    PEER
  }

  /** The name in the report, unique in the group. */
  String name();

  /** The part in the comparison. */
  Role role();

  /**
   * Does the work for a time and returns a value for each quantity that it measures.
   *
   * @throws Exception if the work failed, or made no progress
   */
  Map<Quantity, Double> run(Duration time) throws Exception;

  /** Ends everything that belongs to this contestant. */
  @Override
  void close();
}

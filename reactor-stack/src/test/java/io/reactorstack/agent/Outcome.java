package io.reactorstack.agent;

import org.jspecify.annotations.Nullable;

/**
 * How a call ended.
 *
 * @param result what it returns; -1 exactly with an error
 * @param errno the error
 * @param payload what the driver is told besides
 */
record Outcome(long result, @Nullable Errno errno, byte[] payload) {

  private static final byte[] NOTHING = {};

  /** Success without anything to tell. */
  static final Outcome OK = new Outcome(0, null, NOTHING);

  static Outcome of(long result) {
    return new Outcome(result, null, NOTHING);
  }

  static Outcome of(long result, Payload payload) {
    return new Outcome(result, null, payload.toBytes());
  }

  static Outcome failed(Errno errno) {
    return new Outcome(-1, errno, NOTHING);
  }
}

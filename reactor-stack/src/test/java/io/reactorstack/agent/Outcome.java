package io.reactorstack.agent;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of a call.
 *
 * @param result the return value; -1 if and only if there is an error
 * @param errno the error
 * @param payload additional data for the driver
 */
record Outcome(long result, @Nullable Errno errno, byte[] payload) {

  private static final byte[] NOTHING = {};

  /** Success without data. */
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

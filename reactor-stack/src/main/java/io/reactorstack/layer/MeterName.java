package io.reactorstack.layer;

/** The name of a meter; each room lists its own in an enum. */
public interface MeterName {

  /** How a meter's value moves. */
  enum Kind {
    /** It only grows. */
    COUNTER,
    /** It rises and falls. */
    GAUGE
  }

  /** The name in capitals and underscores, as an enum constant has it: {@code FRAMES_RECEIVED}. */
  String name();

  /** How the value moves. */
  Kind kind();
}

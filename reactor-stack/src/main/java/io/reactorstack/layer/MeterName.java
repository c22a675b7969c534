package io.reactorstack.layer;

/** The name of a meter; each package lists its own names in an enum. */
public interface MeterName {

  /** The kind of a meter. */
  enum Kind {
    /** The value only grows. */
    COUNTER,
    /** The value rises and falls. */
    GAUGE
  }

  /** Returns the name as an enum constant, in capitals and underscores: {@code FRAMES_RECEIVED}. */
  String name();

  /** Returns whether the meter is a counter or a gauge. */
  Kind kind();
}

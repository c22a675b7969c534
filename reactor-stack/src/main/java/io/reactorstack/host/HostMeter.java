package io.reactorstack.host;

import io.reactorstack.layer.MeterName;

/** The meters of a host as a whole. */
public enum HostMeter implements MeterName {
  /** Octets that the host holds for its traffic. */
  MEMORY_HELD(Kind.GAUGE),
  /** The limit of that memory, in octets. */
  MEMORY_LIMIT(Kind.GAUGE);

  private final Kind kind;

  HostMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}

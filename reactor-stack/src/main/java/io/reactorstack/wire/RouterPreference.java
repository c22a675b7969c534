package io.reactorstack.wire;

/** The preference of a router or route among others, as its router states it (RFC 4191 section 2.1). */
public enum RouterPreference {
  /** Used only if no other one is left. */
  LOW(0b11),
  /** The default. */
  MEDIUM(0b00),
  /** Used before others. */
  HIGH(0b01);

  private final int bits;

  RouterPreference(int bits) {
    this.bits = bits;
  }

  /** The two bits of the field. */
  int bits() {
    return bits;
  }

  /** Returns whether {@code bits} is the reserved value. */
  static boolean isReserved(int bits) {
    return bits == 0b10;
  }

  /** Returns the preference of the two-bit field; the reserved value counts as {@link #MEDIUM}. */
  static RouterPreference of(int bits) {
    return switch (bits) {
      case 0b01 -> HIGH;
      case 0b11 -> LOW;
      default -> MEDIUM;
    };
  }
}

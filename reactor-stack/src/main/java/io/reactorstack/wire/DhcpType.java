package io.reactorstack.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The type of a DHCP message (RFC 2132 section 9.6). */
public enum DhcpType {
  /** A client looks for servers. */
  DISCOVER,
  /** A server offers an address. */
  OFFER,
  /** A client requests an offered address, verifies an earlier one, or extends its lease. */
  REQUEST,
  /** A client reports that another station uses the address. */
  DECLINE,
  /** A server assigns the address with its parameters. */
  ACK,
  /** A server rejects a request: the client must not use the address. */
  NAK,
  /** A client gives its address back. */
  RELEASE,
  /** A client that has an address asks for other parameters. */
  INFORM;

  private static final DhcpType[] ALL = values();

  /** The value of the option "DHCP message type", 1 to 8. */
  public int code() {
    return ordinal() + 1;
  }

  /** Returns whether servers send messages of this type. */
  public boolean isReply() {
    return this == OFFER || this == ACK || this == NAK;
  }

  /** Returns the type with this code, or {@code null} if there is none. */
  static @Nullable DhcpType of(int code) {
    return code >= 1 && code <= ALL.length ? ALL[code - 1] : null;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

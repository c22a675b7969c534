package io.reactorstack.wire;

import io.reactorstack.packet.DropReason;

/** The reasons for which {@link DhcpMessage#parse} rejects bytes. */
public enum DhcpDefect implements DropReason {
  /** The message is shorter than its fixed fields and the magic cookie. */
  DHCP_TOO_SHORT,
  /** The message is longer than the stack accepts. */
  DHCP_TOO_LONG,
  /** The hardware type is not Ethernet, or the hardware address is not six octets long. */
  DHCP_BAD_HARDWARE,
  /** The magic cookie of RFC 2131 section 3 is missing: the message is one of BOOTP without options. */
  DHCP_NO_COOKIE,
  /** An option is longer than the field that contains it. */
  DHCP_OPTION_OVERRUN,
  /** A field of options has no end option (RFC 2131 section 4.1). */
  DHCP_NO_END,
  /** The option overload has a value other than 1, 2 and 3, or is not one octet long. */
  DHCP_BAD_OVERLOAD,
  /** The message type is missing, unknown, or does not match the op field. */
  DHCP_BAD_TYPE;

  @Override
  public String layer() {
    return "dhcp";
  }

  @Override
  public Kind kind() {
    return Kind.NOTICE;
  }
}

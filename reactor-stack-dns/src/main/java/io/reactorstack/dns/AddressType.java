package io.reactorstack.dns;

import org.xbill.DNS.Type;

/** The address family that a question queries. */
public enum AddressType {
  /** An IPv4 address (RFC 1035 section 3.4.1). */
  A(Type.A),
  /** An IPv6 address (RFC 3596). */
  AAAA(Type.AAAA);

  private final int number;

  AddressType(int number) {
    this.number = number;
  }

  /** Returns the record type's number in a DNS message. */
  int number() {
    return number;
  }
}

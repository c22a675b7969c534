package io.reactorstack.dns;

import org.xbill.DNS.Name;

/**
 * A DNS question: a name and a record type, in class IN (RFC 1123 section 6.1.2.2). Equality ignores the case of
 * letters (RFC 4343).
 *
 * @param name an absolute name
 * @param type the queried record type
 */
record DnsQuestion(Name name, AddressType type) {

  /** Returns this question with another name. */
  DnsQuestion about(Name other) {
    return new DnsQuestion(other, type);
  }
}

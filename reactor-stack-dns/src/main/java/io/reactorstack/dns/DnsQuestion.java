package io.reactorstack.dns;

import org.xbill.DNS.Name;

/**
 * What is asked for, always in class IN (RFC 1123 section 6.1.2.2); equal whatever the case of the letters (RFC 4343).
 *
 * @param name an absolute name
 * @param type the type of the records wanted
 */
record DnsQuestion(Name name, AddressType type) {

  /** The same question about another name. */
  DnsQuestion about(Name other) {
    return new DnsQuestion(other, type);
  }
}

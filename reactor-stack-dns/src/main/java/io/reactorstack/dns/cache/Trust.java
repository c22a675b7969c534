package io.reactorstack.dns.cache;

/**
 * The trust in a set of records, by the place in a response where it was found (RFC 2181 section 5.4.1). The constants
 * are in ascending order.
 */
public enum Trust {
  /** The additional section: addresses that come with other records. It never answers a question. */
  ADDITIONAL,
  /** The servers of a zone and their addresses, as the zone above names them. They never answer a question. */
  REFERRAL,
  /** The answer of a recursive server, or what follows an alias in an authoritative answer. */
  ANSWER,
  /** The authority section of an authoritative answer. */
  AUTHORITY,
  /** The answer of a server that is authoritative for the zone. */
  AUTHORITATIVE;

  /** Returns whether data of this trust may answer a question (RFC 2181 section 5.4.1). */
  public boolean answers() {
    return compareTo(ANSWER) >= 0;
  }
}

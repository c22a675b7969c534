package io.reactorstack.dns.wire;

import org.xbill.DNS.Header;
import org.xbill.DNS.Type;

/** Finds records in the octets of a valid message, where dnsjava does not show what was sent. */
final class MessageWalk {

  private static final int QUESTIONS = 4;
  private static final int ANSWERS = 6;
  private static final int AUTHORITY = 8;

  /** The octets after a name: type and class of a question; type and class, TTL and length of a record. */
  private static final int TYPE_AND_CLASS = 4;
  private static final int FIXED = 10;

  private MessageWalk() {}

  /** Receives the records of the answer and authority sections, in their order. */
  interface Visitor {

    /**
     * Receives one record.
     *
     * @param index the number of the record, counted from 0
     * @param type the number of its type
     * @param ttl the offset of its time to live
     * @param data the offset of its data
     * @param end the offset of the first octet after it
     */
    void visit(int index, int type, int ttl, int data, int end);
  }

  static void records(byte[] octets, Visitor visitor) {
    int at = Header.LENGTH;
    for (int i = read16(octets, QUESTIONS); i > 0; i--) {
      at = afterName(octets, at) + TYPE_AND_CLASS;
    }
    int records = read16(octets, ANSWERS) + read16(octets, AUTHORITY);
    for (int i = 0; i < records; i++) {
      int fixed = afterName(octets, at);
      int data = fixed + FIXED;
      at = data + read16(octets, data - Short.BYTES);
      visitor.visit(i, read16(octets, fixed), fixed + TYPE_AND_CLASS, data, at);
    }
  }

  /**
   * Returns whether the parameters of all SVCB and HTTPS records have ascending keys, none of them twice (RFC 9460 section
   * 2.2).
   */
  static boolean hasOrderedParameters(byte[] octets) {
    boolean[] ordered = {true};
    records(octets, (index, type, ttl, data, end) -> {
      if (type == Type.SVCB || type == Type.HTTPS) {
        int before = -1;
        for (int at = afterName(octets, data + Short.BYTES); at < end; at += 4 + read16(octets, at + 2)) {
          int key = read16(octets, at);
          ordered[0] &= key > before;
          before = key;
        }
      }
    });
    return ordered[0];
  }

  static int afterName(byte[] octets, int start) {
    int at = start;
    while (octets[at] != 0) {
      if ((octets[at] & 0xc0) != 0) {
        return at + 2; // a pointer ends a name
      }
      at += 1 + octets[at];
    }
    return at + 1;
  }

  static int read16(byte[] octets, int at) {
    return (octets[at] & 0xff) << 8 | octets[at + 1] & 0xff;
  }
}

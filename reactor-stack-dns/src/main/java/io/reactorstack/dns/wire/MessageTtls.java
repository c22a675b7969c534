package io.reactorstack.dns.wire;

import java.util.List;
import org.xbill.DNS.Header;

/** Changes the times to live in an encoded message, which is cheaper than to copy the records before. */
public final class MessageTtls {

  private static final int QUESTIONS = 4;
  private static final int ANSWERS = 6;
  private static final int AUTHORITY = 8;

  /** The octets after a name: type and class of a question; type and class, TTL and length of a record. */
  private static final int TYPE_AND_CLASS = 4;
  private static final int FIXED = 10;

  private MessageTtls() {}

  /**
   * Sets the times to live of the records in the answer and authority sections.
   *
   * @param octets a valid message, which is changed
   * @param ttls the times to live in seconds, in the order of the records; the message may have fewer records
   */
  public static void set(byte[] octets, List<Integer> ttls) {
    int at = Header.LENGTH;
    for (int i = read16(octets, QUESTIONS); i > 0; i--) {
      at = afterName(octets, at) + TYPE_AND_CLASS;
    }
    int records = read16(octets, ANSWERS) + read16(octets, AUTHORITY);
    for (int i = 0; i < records; i++) {
      at = afterName(octets, at);
      int ttl = ttls.get(i);
      for (int octet = 0; octet < Integer.BYTES; octet++) {
        octets[at + TYPE_AND_CLASS + octet] = (byte) (ttl >> Byte.SIZE * (Integer.BYTES - 1 - octet));
      }
      at += FIXED + read16(octets, at + FIXED - Short.BYTES);
    }
  }

  private static int afterName(byte[] octets, int start) {
    int at = start;
    while (octets[at] != 0) {
      if ((octets[at] & 0xc0) != 0) {
        return at + 2; // a pointer ends a name
      }
      at += 1 + octets[at];
    }
    return at + 1;
  }

  private static int read16(byte[] octets, int at) {
    return (octets[at] & 0xff) << 8 | octets[at + 1] & 0xff;
  }
}

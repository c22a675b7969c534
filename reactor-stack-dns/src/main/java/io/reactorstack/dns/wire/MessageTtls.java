package io.reactorstack.dns.wire;

import java.util.List;

/** Changes the times to live in an encoded message, which is cheaper than to copy the records before. */
public final class MessageTtls {

  private MessageTtls() {}

  /**
   * Sets the times to live of the records in the answer and authority sections.
   *
   * @param octets a valid message, which is changed
   * @param ttls the times to live in seconds, in the order of the records; the message may have fewer records
   */
  public static void set(byte[] octets, List<Integer> ttls) {
    MessageWalk.records(octets, (index, type, at, data, end) -> {
      int ttl = ttls.get(index);
      for (int octet = 0; octet < Integer.BYTES; octet++) {
        octets[at + octet] = (byte) (ttl >> Byte.SIZE * (Integer.BYTES - 1 - octet));
      }
    });
  }
}

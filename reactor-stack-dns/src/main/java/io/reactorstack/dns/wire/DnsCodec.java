package io.reactorstack.dns.wire;

import io.reactorstack.dns.record.RecordType;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.Section;

/** Encodes queries and decodes messages (RFC 1035 section 4). */
public final class DnsCodec {

  /** The offset of the four section counts in a header (RFC 1035 section 4.1.1). */
  private static final int COUNTS = 4;

  /** The offset of the number of additional records in a header. */
  private static final int ADDITIONAL_COUNT = 10;

  /** The bit in which an upper-case letter differs from a lower-case one. */
  private static final int CASE = 0x20;

  static {
    // When dnsjava's classes are first used, they read system properties and open the random device. Do that when the
    // resolver is created, not when the first answer arrives on the event loop.
    Message warmUp = new Message(0);
    warmUp.addRecord(Record.newRecord(Name.root, RecordType.A.number(), DClass.IN), Section.QUESTION);
    decode(warmUp.toWire());
  }

  private DnsCodec() {}

  /** Initializes this class, and with it the classes of dnsjava that it uses. */
  public static void load() {}

  /**
   * Encodes a query. Header fields that are not used are zero (RFC 1123 section 6.1.2.3).
   *
   * @param recursionDesired whether the server shall resolve the name by itself
   * @param edns the OPT record, or {@code null} to send none
   */
  public static byte[] query(int id, Question question, boolean recursionDesired, @Nullable OPTRecord edns) {
    Message query = new Message(id);
    if (recursionDesired) {
      query.getHeader().setFlag(Flags.RD);
    }
    query.addRecord(Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
    if (edns != null) {
      query.addRecord(edns, Section.ADDITIONAL);
    }
    return query.toWire();
  }

  /**
   * Returns an OPT record of version 0 (RFC 6891 section 6.1).
   *
   * @param udpSize the size of the largest datagram that the sender can receive, in octets
   * @param dnssecOk whether to ask for DNSSEC's records (RFC 3225)
   */
  public static OPTRecord edns(int udpSize, boolean dnssecOk, List<EDNSOption> options) {
    return new OPTRecord(udpSize, 0, 0, dnssecOk ? ExtendedFlags.DO : 0, options);
  }

  /** Returns {@code name} with the case of each letter drawn at random. */
  public static Name randomCase(Name name, RandomGenerator random) {
    byte[] wire = name.toWire();
    long bits = 0;
    int left = 0;
    for (int at = 0; wire[at] != 0; at += 1 + wire[at]) {
      for (int i = at + 1; i <= at + wire[at]; i++) {
        int lower = wire[i] | CASE;
        if (lower >= 'a' && lower <= 'z') {
          if (left == 0) {
            bits = random.nextLong(); // one draw for 64 letters: unpredictable numbers are expensive
            left = Long.SIZE;
          }
          wire[i] = (byte) ((bits & 1) == 0 ? lower : lower & ~CASE);
          bits >>>= 1;
          left--;
        }
      }
    }
    try {
      return new Name(wire);
    } catch (IOException e) {
      throw new IllegalStateException("a name stays a name when its case changes", e);
    }
  }

  /**
   * Gives the question in {@code octets} the letter case of {@code original} if it has that of {@code sent}, and with it
   * all names that are compressed by pointers into the question. Returns whether it did.
   *
   * @param octets a message, which is changed
   * @param sent the name that was sent, which differs from {@code original} by the case of its letters only
   */
  public static boolean restoreCase(byte[] octets, Name sent, Name original) {
    byte[] cased = sent.toWire();
    int end = Header.LENGTH + cased.length;
    if (octets.length < end || !Arrays.equals(octets, Header.LENGTH, end, cased, 0, cased.length)) {
      return false;
    }
    System.arraycopy(original.toWire(), 0, octets, Header.LENGTH, cased.length);
    return true;
  }

  /**
   * Decodes a message; returns {@code null} if the octets are not a DNS message.
   *
   * <p>A header alone that carries an error is decoded as a message without records, whatever its section counts are: a
   * server that cannot parse the query may send the query's header back with only the error code added.
   */
  public static @Nullable Message decode(byte[] octets) {
    try {
      Message message = new Message(isBareError(octets) ? withoutCounts(octets) : octets);
      ExtendedFields.restore(message, octets);
      return !isTruncated(message) && message.getSection(Section.ANSWER).stream().anyMatch(SVCBBase.class::isInstance)
          && !MessageWalk.hasOrderedParameters(octets) ? null : message;
    } catch (IOException | RuntimeException e) {
      // dnsjava throws IOException for most malformed messages, and other exceptions for invalid values in records
      return null;
    }
  }

  /** Returns whether a message that cannot be decoded has a fault before its additional section. */
  public static boolean hasMalformedAnswer(byte[] octets) {
    byte[] copy = octets.clone();
    Arrays.fill(copy, ADDITIONAL_COUNT, Header.LENGTH, (byte) 0);
    return decode(copy) == null;
  }

  private static boolean isBareError(byte[] octets) {
    return octets.length == Header.LENGTH && (octets[3] & 0xf) != Rcode.NOERROR;
  }

  private static byte[] withoutCounts(byte[] header) {
    byte[] bare = header.clone();
    Arrays.fill(bare, COUNTS, Header.LENGTH, (byte) 0);
    return bare;
  }

  /**
   * Returns whether the message contains a question. The header's count is not enough: in a truncated message it may
   * exceed the records present.
   */
  public static boolean hasQuestion(Message message) {
    return message.getQuestion() != null;
  }

  /** Returns whether the sender has left out records that did not fit. */
  public static boolean isTruncated(Message message) {
    return message.getHeader().getFlag(Flags.TC);
  }

  /** Returns the response code with the upper bits from the OPT record, if there is one (RFC 6891 section 6.1.3). */
  public static int rcode(Message message) {
    return message.getRcode();
  }
}

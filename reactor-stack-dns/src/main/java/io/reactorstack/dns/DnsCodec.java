package io.reactorstack.dns;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/**
 * Encodes queries, decodes messages, and checks whether a message answers a query (RFC 1035 section 4, RFC 5452 section
 * 9.1).
 */
final class DnsCodec {

  /** The offset of the four section counts in a header (RFC 1035 section 4.1.1). */
  private static final int COUNTS = 4;

  static {
    // When dnsjava's classes are first used, they read system properties and open the random device. Do that when the
    // resolver is created, not when the first answer arrives on the event loop.
    Message warmUp = new Message(0);
    warmUp.addRecord(Record.newRecord(Name.root, AddressType.A.number(), DClass.IN), Section.QUESTION);
    decode(warmUp.toWire());
  }

  private DnsCodec() {}

  /** Initializes this class, and with it the classes of dnsjava that it uses. */
  static void load() {}

  /** Encodes a recursive query; header fields that are not used are zero (RFC 1123 section 6.1.2.3). */
  static byte[] query(int id, DnsQuestion question) {
    Message query = new Message(id);
    query.getHeader().setFlag(Flags.RD);
    query.addRecord(Record.newRecord(question.name(), question.type().number(), DClass.IN), Section.QUESTION);
    return query.toWire();
  }

  /**
   * Decodes a message; returns {@code null} if the octets are not a DNS message.
   *
   * <p>A header alone that carries an error is decoded as a message without records, whatever its section counts are: a
   * server that cannot parse the query may send the query's header back with only the error code added.
   */
  static @Nullable Message decode(byte[] octets) {
    try {
      return new Message(isBareError(octets) ? withoutCounts(octets) : octets);
    } catch (IOException | RuntimeException e) {
      // dnsjava throws IOException for most malformed messages, and other exceptions for invalid values in records
      return null;
    }
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
   * Returns the reason why {@code octets} cannot answer the query with {@code id}, or {@code null} if they may. Reads
   * the header only, which is cheap.
   */
  static @Nullable DnsDrop mismatch(byte[] octets, int id) {
    if (octets.length < Header.LENGTH) {
      return DnsDrop.MALFORMED;
    }
    if (((octets[0] & 0xff) << 8 | octets[1] & 0xff) != id) {
      return DnsDrop.WRONG_ID;
    }
    return (octets[2] & 0x80) == 0 ? DnsDrop.NOT_A_RESPONSE : null;
  }

  /**
   * Returns the reason why {@code answer} does not answer {@code question}, or {@code null} if it does.
   *
   * <p>An error response or a truncated response may lack the question: Unbound, for example, refuses a client with the
   * header alone. Such a response carries no data to trust, and an attacker who can forge one has already guessed the
   * ID and the port, and could have guessed the question too. Any other response without the original question is
   * ignored (RFC 5452 section 9.1).
   */
  static @Nullable DnsDrop mismatch(Message answer, DnsQuestion question) {
    if (answer.getHeader().getOpcode() != Opcode.QUERY) {
      return DnsDrop.WRONG_OPCODE;
    }
    if (!hasQuestion(answer) && (answer.getHeader().getRcode() != Rcode.NOERROR || isTruncated(answer))) {
      return null;
    }
    // RFC 9619 section 4: a QUERY has one question.
    if (answer.getHeader().getCount(Section.QUESTION) != 1) {
      return DnsDrop.WRONG_QUESTION;
    }
    Record asked = answer.getQuestion();
    return asked != null && asked.getName().equals(question.name()) && asked.getType() == question.type().number()
        && asked.getDClass() == DClass.IN ? null : DnsDrop.WRONG_QUESTION;
  }

  /**
   * Returns whether the message contains a question. The header's count is not enough: in a truncated message it may
   * exceed the records present.
   */
  static boolean hasQuestion(Message answer) {
    return answer.getQuestion() != null;
  }

  static boolean isTruncated(Message answer) {
    return answer.getHeader().getFlag(Flags.TC);
  }
}

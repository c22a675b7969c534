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

/** Queries to octets and octets to answers that belong to them (RFC 1035 section 4, RFC 5452 section 9.1). */
final class DnsCodec {

  /** Where the four counts of a header begin (RFC 1035 section 4.1.1). */
  private static final int COUNTS = 4;

  static {
    // dnsjava reads system properties and opens the random device when its classes are first used; a host should pay
    // for that where the resolver is made, not at the first answer on the event loop.
    Message warmUp = new Message(0);
    warmUp.addRecord(Record.newRecord(Name.root, AddressType.A.number(), DClass.IN), Section.QUESTION);
    decode(warmUp.toWire());
  }

  private DnsCodec() {}

  /** Loads what the codec needs. */
  static void load() {}

  /** A recursive query: RFC 1123 section 6.1.2.3 wants every header field that is not used to be zero. */
  static byte[] query(int id, DnsQuestion question) {
    Message query = new Message(id);
    query.getHeader().setFlag(Flags.RD);
    query.addRecord(Record.newRecord(question.name(), question.type().number(), DClass.IN), Section.QUESTION);
    return query.toWire();
  }

  /**
   * The message, or {@code null} if the octets are none.
   *
   * <p>A header alone with an error is a message without records whatever its counts say: a server that cannot read the
   * query may send its header back with nothing but the error added.
   */
  static @Nullable Message decode(byte[] octets) {
    try {
      return new Message(isBareError(octets) ? withoutCounts(octets) : octets);
    } catch (IOException | RuntimeException e) {
      return null; // dnsjava reports most malformed messages by IOException, odd values in records by others
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
   * Why {@code octets} cannot answer the query with {@code id}, judged by the header alone, which is cheap; {@code null} if
   * they may.
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
   * Why {@code answer} does not answer {@code question}; {@code null} if it does.
   *
   * <p>An error, and the demand to ask over TCP, need no question (Unbound refuses a client with the header alone): they
   * carry nothing to believe, and whoever can forge one has guessed ID and port and could as well have guessed the question.
   * Anything else without the question asked is ignored (RFC 5452 section 9.1).
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

  /** Whether the message repeats a question; the count in the header of a truncated message may promise more than there is. */
  static boolean hasQuestion(Message answer) {
    return answer.getQuestion() != null;
  }

  static boolean isTruncated(Message answer) {
    return answer.getHeader().getFlag(Flags.TC);
  }
}

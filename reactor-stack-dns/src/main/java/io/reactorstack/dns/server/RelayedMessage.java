package io.reactorstack.dns.server;

import io.reactorstack.dns.outcome.DnsDrop;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/**
 * A message that a forwarder relays, of which it understands only the header and the first question (RFC 5625 section
 * 3). Everything after that, of whatever type and class, stays as it is.
 */
final class RelayedMessage {

  /** The types of the queries that may have more than one message as their response: IXFR and AXFR (RFC 5936). */
  private static final int FIRST_TRANSFER = 251;
  private static final int LAST_TRANSFER = 252;

  /** The bits of the fourth octet of a header that a failure keeps from its query: CD (RFC 4035 section 3.2.2). */
  private static final int KEPT = 0x10;
  private static final int QR_AND_OPCODE_AND_RD = 0xf9;

  /** The first question of a message; names are equal whatever the case of their letters (RFC 4343). */
  private record Question(Name name, int type, int dclass) {}

  private final byte[] octets;
  private final Header header;
  private final @Nullable Question question;
  /** The offset of the first octet after the question, or after the header if no question can be read. */
  private final int end;

  private RelayedMessage(byte[] octets, Header header, @Nullable Question question, int end) {
    this.octets = octets;
    this.header = header;
    this.question = question;
    this.end = end;
  }

  /** Reads a message; returns {@code null} if it is too short for a header. */
  static @Nullable RelayedMessage parse(byte[] octets) {
    if (octets.length < Header.LENGTH) {
      return null;
    }
    try {
      Header header = new Header(octets);
      if (header.getCount(Section.QUESTION) == 0) {
        return new RelayedMessage(octets, header, null, Header.LENGTH);
      }
      DNSInput input = new DNSInput(octets);
      input.jump(Header.LENGTH);
      return question(octets, header, input);
    } catch (IOException e) {
      throw new IllegalStateException("twelve octets are a header", e);
    }
  }

  private static RelayedMessage question(byte[] octets, Header header, DNSInput input) {
    try {
      Question question = new Question(new Name(input), input.readU16(), input.readU16());
      return new RelayedMessage(octets, header, question, input.current());
    } catch (IOException | RuntimeException e) {
      // RFC 5625 section 3: a message is not refused because it seems to be malformed.
      return new RelayedMessage(octets, header, null, Header.LENGTH);
    }
  }

  int id() {
    return header.getID();
  }

  boolean isResponse() {
    return header.getFlag(Flags.QR);
  }

  /** Returns whether several messages may answer this query. */
  boolean isTransfer() {
    return question != null && question.type >= FIRST_TRANSFER && question.type <= LAST_TRANSFER;
  }

  /** Returns the octets of this message with another ID. */
  byte[] with(int id) {
    byte[] copy = octets.clone();
    copy[0] = (byte) (id >> 8);
    copy[1] = (byte) id;
    return copy;
  }

  /**
   * Returns the reason why {@code answer} is not a response to this query, sent with {@code id}, or {@code null} if it is
   * one (RFC 5452 section 9.1). A response that carries an error, or was truncated, may lack the question.
   */
  @Nullable
  DnsDrop mismatch(@Nullable RelayedMessage answer, int id) {
    if (answer == null) {
      return DnsDrop.MALFORMED;
    }
    if (answer.id() != id) {
      return DnsDrop.WRONG_ID;
    }
    if (!answer.isResponse()) {
      return DnsDrop.NOT_A_RESPONSE;
    }
    if (answer.header.getOpcode() != header.getOpcode()) {
      return DnsDrop.WRONG_OPCODE;
    }
    boolean bare = answer.question == null
        && (answer.header.getRcode() != Rcode.NOERROR || answer.header.getFlag(Flags.TC));
    return question == null || question.equals(answer.question) || bare ? null : DnsDrop.WRONG_QUESTION;
  }

  /** Returns the response to a query for which no server has answered: SERVFAIL with the question. */
  byte[] failure() {
    byte[] failed = Arrays.copyOf(octets, end);
    failed[2] = (byte) (failed[2] & QR_AND_OPCODE_AND_RD | 0x80);
    failed[3] = (byte) (failed[3] & KEPT | 0x80 | Rcode.SERVFAIL);
    Arrays.fill(failed, 4, Header.LENGTH, (byte) 0);
    failed[5] = (byte) (question == null ? 0 : 1);
    return failed;
  }
}

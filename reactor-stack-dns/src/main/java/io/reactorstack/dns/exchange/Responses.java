package io.reactorstack.dns.exchange;

import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.Question;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Checks whether a message is the response to a query (RFC 5452 section 9.1). */
final class Responses {

  private Responses() {}

  /**
   * Returns the reason why {@code octets} cannot answer the query with {@code id}, or {@code null} if they may. Reads
   * the header only, which is cheap.
   */
  static @Nullable DnsDrop mismatch(byte[] octets, int id) {
    if (octets.length < Header.LENGTH) {
      return DnsDrop.MALFORMED;
    }
    if (id(octets) != id) {
      return DnsDrop.WRONG_ID;
    }
    return (octets[2] & 0x80) == 0 ? DnsDrop.NOT_A_RESPONSE : null;
  }

  /** Returns the ID of a message of at least two octets. */
  static int id(byte[] octets) {
    return (octets[0] & 0xff) << 8 | octets[1] & 0xff;
  }

  /**
   * Returns the reason why {@code answer} does not answer {@code sent}, or {@code null} if it does, whatever the letter
   * case of its question.
   *
   * <p>An error response or a truncated response may lack the question: Unbound, for example, refuses a client with the
   * header alone. Such a response carries no data to trust, and an attacker who can forge one has already guessed the
   * ID and the port, and could have guessed the question too. Any other response without the original question is
   * ignored (RFC 5452 section 9.1).
   */
  static @Nullable DnsDrop mismatch(Message answer, Question sent) {
    if (answer.getHeader().getOpcode() != Opcode.QUERY) {
      return DnsDrop.WRONG_OPCODE;
    }
    if (!DnsCodec.hasQuestion(answer)
        && (answer.getHeader().getRcode() != Rcode.NOERROR || DnsCodec.isTruncated(answer))) {
      return null;
    }
    // RFC 9619 section 4: a QUERY has one question.
    Record asked = answer.getHeader().getCount(Section.QUESTION) == 1 ? answer.getQuestion() : null;
    if (asked == null || !asked.getName().equals(sent.name()) || asked.getType() != sent.type()
        || asked.getDClass() != DClass.IN) {
      return DnsDrop.WRONG_QUESTION;
    }
    return null;
  }

  /**
   * Returns the reason why the cookie in {@code answer} is not acceptable, or {@code null} if it is (RFC 7873 section
   * 5.3).
   *
   * @param client the client cookie that was sent
   * @param expected whether the server is known to send cookies
   */
  static @Nullable DnsDrop cookieMismatch(Message answer, byte[] client, boolean expected) {
    CookieOption cookie = cookie(answer);
    if (cookie == null) {
      return expected ? DnsDrop.NO_COOKIE : null;
    }
    return Arrays.equals(cookie.getClientCookie(), client) ? null : DnsDrop.WRONG_COOKIE;
  }

  /** Returns the server cookie in {@code answer}, or {@code null} if it has none. */
  static byte @Nullable [] serverCookie(Message answer) {
    CookieOption cookie = cookie(answer);
    Optional<byte[]> server = cookie == null ? Optional.empty() : cookie.getServerCookie();
    return server.orElse(null);
  }

  private static @Nullable CookieOption cookie(Message answer) {
    OPTRecord opt = answer.getOPT();
    if (opt != null) {
      for (EDNSOption option : opt.getOptions(EDNSOption.Code.COOKIE)) {
        if (option instanceof CookieOption cookie) {
          return cookie;
        }
      }
    }
    return null;
  }

  /** Returns the number of OPT records; a message must not have more than one (RFC 6891 section 6.1.1). */
  static long optRecords(Message answer) {
    return answer.getSection(Section.ADDITIONAL).stream().filter(OPTRecord.class::isInstance).count();
  }
}

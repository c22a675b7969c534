package io.reactorstack.dns.server;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A query that a server has received.
 *
 * @param header its header
 * @param message the query, or {@code null} if it is malformed and gets the answer FORMERR
 * @param edns whether it has an OPT record, so that its response has one (RFC 6891 section 6.1.1)
 */
record Query(Header header, @Nullable Message message, boolean edns) {

  /** The octets of a question after its name: type and class. */
  private static final int AFTER_NAME = 4;

  /** The octets of a record from its class to its TTL. */
  private static final int CLASS_AND_TTL = 6;

  /**
   * Reads a query; returns {@code null} if the message is a response or too short for a header. An answer to a response
   * could start an endless exchange between two servers.
   */
  static @Nullable Query parse(byte[] octets) {
    Header header = header(octets);
    if (header == null || header.getFlag(Flags.QR)) {
      return null;
    }
    try {
      Message message = new Message(octets);
      List<Record> options = message.getSection(Section.ADDITIONAL).stream()
          .filter(OPTRecord.class::isInstance).toList();
      // RFC 6891 sections 6.1.1 and 6.1.2: one OPT record at most, whose owner is the root.
      boolean valid = options.isEmpty() || options.size() == 1 && options.getFirst().getName().equals(Name.root);
      return new Query(header, valid ? message : null, !options.isEmpty());
    } catch (IOException | RuntimeException e) {
      // dnsjava throws IOException for most malformed messages, and other exceptions for invalid values in records
      return new Query(header, null, hasOpt(header, octets));
    }
  }

  private static @Nullable Header header(byte[] octets) {
    try {
      return octets.length < Header.LENGTH ? null : new Header(octets);
    } catch (IOException e) {
      throw new IllegalStateException("twelve octets are a header", e);
    }
  }

  /**
   * Returns whether a malformed query has an OPT record. Without one in the response, the client would take the server
   * for one that lacks EDNS (RFC 6891 section 7).
   */
  private static boolean hasOpt(Header header, byte[] octets) {
    try {
      DNSInput input = new DNSInput(octets);
      input.jump(Header.LENGTH);
      for (int i = header.getCount(Section.QUESTION); i > 0; i--) {
        new Name(input);
        input.jump(input.current() + AFTER_NAME);
      }
      int records = header.getCount(Section.ANSWER) + header.getCount(Section.AUTHORITY)
          + header.getCount(Section.ADDITIONAL);
      for (int i = 0; i < records; i++) {
        new Name(input);
        if (input.readU16() == Type.OPT) {
          return true;
        }
        input.jump(input.current() + CLASS_AND_TTL);
        input.jump(input.readU16() + input.current());
      }
      return false;
    } catch (IOException | RuntimeException e) {
      return false; // nothing after this point can be read
    }
  }

  /** Returns its OPT record, or {@code null}. */
  @Nullable
  OPTRecord opt() {
    return message == null ? null : message.getOPT();
  }

  /** Returns its cookie, or {@code null}. RFC 7873 section 5.2: further ones are ignored. */
  @Nullable
  CookieOption cookie() {
    OPTRecord opt = opt();
    List<EDNSOption> cookies = opt == null ? List.of() : opt.getOptions(EDNSOption.Code.COOKIE);
    return cookies.isEmpty() ? null : (CookieOption) cookies.getFirst();
  }
}

package io.reactorstack.dns.wire;

import java.util.List;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The TTL field of an OPT record, which carries the upper bits of the response code, the version and the flags (RFC 6891
 * section 6.1.3).
 *
 * <p>dnsjava reads it as a time to live, and so takes a value with the highest bit set for zero (RFC 2181 section 8). The
 * response codes from 0x800 on would lose their upper bits, and some would look like success.
 */
final class ExtendedFields {

  private static final int POINTER = 0xc0;

  private ExtendedFields() {}

  /** Puts the OPT record of {@code message}, which was decoded from {@code octets}, right if dnsjava has cut its field. */
  static void restore(Message message, byte[] octets) {
    OPTRecord opt = message.getOPT();
    int at = opt == null || opt.getTTL() != 0 ? -1 : offset(message.getHeader(), octets);
    if (opt == null || at < 0 || octets[at] >= 0) {
      return;
    }
    int flags = (octets[at + 2] & 0xff) << 8 | octets[at + 3] & 0xff;
    List<Record> additional = message.getSection(Section.ADDITIONAL);
    message.removeAllRecords(Section.ADDITIONAL);
    additional.forEach(one -> message.addRecord(
        one instanceof OPTRecord
            ? new OPTRecord(opt.getPayloadSize(), octets[at] & 0xff, octets[at + 1] & 0xff, flags, opt.getOptions())
            : one,
        Section.ADDITIONAL));
  }

  /** Returns the offset of the TTL of the first OPT record in a valid message, or -1 if it has none. */
  private static int offset(Header header, byte[] octets) {
    int at = Header.LENGTH;
    for (int i = header.getCount(Section.QUESTION); i > 0 && at < octets.length; i--) {
      at = afterName(octets, at) + 4;
    }
    int records = header.getCount(Section.ANSWER) + header.getCount(Section.AUTHORITY);
    int all = records + header.getCount(Section.ADDITIONAL);
    for (int i = 0; i < all && at < octets.length; i++) {
      int type = afterName(octets, at);
      if (type + 10 > octets.length) {
        return -1;
      }
      if (i >= records && u16(octets, type) == Type.OPT) {
        return type + 4;
      }
      at = type + 10 + u16(octets, type + 8);
    }
    return -1;
  }

  private static int afterName(byte[] octets, int start) {
    int at = start;
    while (at < octets.length && octets[at] != 0) {
      int length = octets[at] & 0xff;
      if (length >= POINTER) {
        return at + 2;
      }
      at += 1 + length;
    }
    return at + 1;
  }

  private static int u16(byte[] octets, int at) {
    return (octets[at] & 0xff) << 8 | octets[at + 1] & 0xff;
  }
}

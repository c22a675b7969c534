package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads the options of one DHCP message from its fields (RFC 2131 section 4.1, RFC 3396). */
final class DhcpOptionReader {

  /** The place of a field in the message, as offsets from its first octet. */
  record Field(int start, int end) {}

  private static final int IN_FILE = 1;
  private static final int IN_SNAME = 2;

  private final ByteBuf bytes;
  private final int at;
  private final Field sname;
  private final Field file;
  private final Map<Integer, ByteArrayOutputStream> parts = new TreeMap<>();

  /** Creates a reader of the message in the readable bytes. */
  DhcpOptionReader(ByteBuf bytes, Field sname, Field file) {
    this.bytes = bytes;
    this.at = bytes.readerIndex();
    this.sname = sname;
    this.file = file;
  }

  /**
   * Reads the options, which begin at the offset {@code start}, and those of the fields that they overload; returns
   * {@code null} if they are well formed.
   */
  @Nullable
  DhcpDefect read(int start) {
    DhcpDefect defect = read(new Field(start, bytes.readableBytes()));
    byte[] overload = take(DhcpOptions.OVERLOAD);
    int fields = overload == null ? 0 : overload.length == 1 ? overload[0] : -1;
    if (defect == null && overload != null && (fields < IN_FILE || fields > (IN_FILE | IN_SNAME))) {
      defect = DhcpDefect.DHCP_BAD_OVERLOAD;
    }
    // RFC 3396 5: the order is options, file, sname.
    if (defect == null && (fields & IN_FILE) != 0) {
      defect = read(file);
    }
    if (defect == null && (fields & IN_SNAME) != 0) {
      defect = read(sname);
    }
    if (defect == null) {
      // An overload inside an overloaded field has no meaning.
      parts.remove(DhcpOptions.OVERLOAD);
      if ((fields & IN_SNAME) == 0) {
        readText(sname, DhcpOptions.TFTP_SERVER);
      }
      if ((fields & IN_FILE) == 0) {
        readText(file, DhcpOptions.BOOT_FILE);
      }
    }
    return defect;
  }

  private @Nullable DhcpDefect read(Field field) {
    int next = at + field.start();
    int end = at + field.end();
    while (next < end) {
      int code = bytes.getUnsignedByte(next++);
      if (code == DhcpOptions.END) {
        return null;
      }
      if (code == DhcpOptions.PAD) {
        continue;
      }
      if (next == end || bytes.getUnsignedByte(next) > end - next - 1) {
        return DhcpDefect.DHCP_OPTION_OVERRUN;
      }
      int length = bytes.getUnsignedByte(next++);
      append(code, next, length);
      next += length;
    }
    return DhcpDefect.DHCP_NO_END;
  }

  /** RFC 3396 section 7: several options of one code are the parts of one option, in the order of their appearance. */
  private void append(int code, int from, int length) {
    byte[] part = new byte[length];
    bytes.getBytes(from, part);
    parts.computeIfAbsent(code, any -> new ByteArrayOutputStream()).writeBytes(part);
  }

  /** Reads a field of text, which ends with a NUL or with the field; an option for the same text wins. */
  private void readText(Field field, int code) {
    int nul = bytes.indexOf(at + field.start(), at + field.end(), (byte) 0);
    int length = (nul < 0 ? at + field.end() : nul) - at - field.start();
    if (length > 0 && !parts.containsKey(code)) {
      append(code, at + field.start(), length);
    }
  }

  /** Removes the option {@code code} and returns its value; {@code null} if it is missing. */
  byte @Nullable [] take(int code) {
    ByteArrayOutputStream value = parts.remove(code);
    return value == null ? null : value.toByteArray();
  }

  /** Returns the options. */
  DhcpOptions options() {
    TreeMap<Integer, byte[]> values = new TreeMap<>();
    parts.forEach((code, value) -> values.put(code, value.toByteArray()));
    return DhcpOptions.of(values);
  }
}

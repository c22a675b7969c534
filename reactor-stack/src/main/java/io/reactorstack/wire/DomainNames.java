package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The codec of lists of domain names without compression (RFC 1035 section 3.1, RFC 8106 section 5.2). */
final class DomainNames {

  private static final int MAX_LABEL = 63;
  private static final int MAX_NAME = 255;

  private DomainNames() {}

  /** Returns whether {@code text} is a name whose labels are printable ASCII without dots. */
  static boolean isName(String text) {
    if (text.isEmpty() || length(text) > MAX_NAME) {
      return false;
    }
    for (String label : text.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > MAX_LABEL || !label.chars().allMatch(DomainNames::isPrintable)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPrintable(int octet) {
    return octet > ' ' && octet < 0x7f && octet != '.';
  }

  /** The encoded length of one name, in octets. */
  private static int length(String name) {
    return name.length() + 2;
  }

  /** The encoded length of {@code names}, in octets. */
  static int length(List<String> names) {
    return names.stream().mapToInt(DomainNames::length).sum();
  }

  /**
   * Reads the names from {@code index} to {@code end}; zeros behind the last one are padding. Returns {@code null} if
   * they are not names, or there is none.
   */
  static @Nullable List<String> read(ByteBuf bytes, int index, int end) {
    List<String> names = new ArrayList<>();
    int at = index;
    while (at < end && bytes.getByte(at) != 0) {
      StringBuilder name = new StringBuilder();
      int label = bytes.getUnsignedByte(at);
      while (label != 0) {
        // A compression pointer is longer than any label, and therefore refused.
        if (label > MAX_LABEL || at + 1 + label >= end) {
          return null;
        }
        name.append(name.isEmpty() ? "" : ".").append(bytes.toString(at + 1, label, StandardCharsets.ISO_8859_1));
        at += 1 + label;
        label = bytes.getUnsignedByte(at);
      }
      at++;
      if (!isName(name.toString())) {
        return null;
      }
      names.add(name.toString());
    }
    return names.isEmpty() ? null : names;
  }

  /** Writes {@code names} at the writer index. */
  static void write(ByteBuf bytes, List<String> names) {
    for (String name : names) {
      for (String label : name.split("\\.", -1)) {
        bytes.writeByte(label.length());
        bytes.writeCharSequence(label, StandardCharsets.US_ASCII);
      }
      bytes.writeByte(0);
    }
  }
}

package io.reactorstack.agent.driver;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP segment as a line of text: {@code [ect0] P. 1:1001(1000) ack 1 win 500 urg 3 <nop,nop,TS val 10 ecr 20>}.
 *
 * <p>Sequence numbers are relative to the initial ones of both sides. In an expectation a missing part is not compared;
 * {@code <>} means that there are no options, {@code *} in place of a number matches any. Segments are written and read
 * octet by octet, like {@link Packets}, so segments that the stack's codecs cannot write are possible.
 */
record SegmentLine(
    String ecn, String flags, long seq, int length, Long ack, Integer window, Integer urgent, List<String> options) {

  private static final Pattern LINE = Pattern.compile(
      "(?:\\[(?<ecn>\\w+)] )?(?<flags>[FSRP.UEWA]+|-) (?<seq>-?\\d+):(?<end>-?\\d+)\\((?<len>\\d+)\\)"
          + "(?: ack (?<ack>-?\\d+))?(?: win (?<win>\\d+))?(?: urg (?<urg>\\d+))?(?: <(?<opt>[^>]*)>)?");

  /** The initial sequence numbers of both sides, and the zero of the stack's timestamp clock. */
  static final class Base {
    int local;
    boolean localKnown;
    int peer = 0x7fff_fff0;
    int clock;
    boolean clockKnown;
  }

  static SegmentLine parse(String text) {
    Matcher m = LINE.matcher(text.strip().replaceAll("\\s+", " "));
    if (!m.matches()) {
      throw new IllegalArgumentException("not a segment: " + text);
    }
    long seq = Long.parseLong(m.group("seq"));
    int length = Integer.parseInt(m.group("len"));
    if (Long.parseLong(m.group("end")) != seq + length) {
      throw new IllegalArgumentException("start, end and length disagree: " + text);
    }
    String options = m.group("opt");
    return new SegmentLine(
        m.group("ecn"),
        m.group("flags"),
        seq,
        length,
        m.group("ack") == null ? null : Long.valueOf(m.group("ack")),
        m.group("win") == null ? null : Integer.valueOf(m.group("win")),
        m.group("urg") == null ? null : Integer.valueOf(m.group("urg")),
        options == null ? null : options.isBlank() ? List.of() : List.of(options.strip().split(" ?, ?")));
  }

  // ---- encoding, as the peer sends it

  /** Returns the TCP header, options and a payload of zeros, with ports and without a checksum. */
  byte[] encode(Base base, int sourcePort, int destinationPort) {
    ByteBuffer opts = ByteBuffer.allocate(60);
    if (options != null) {
      options.forEach(option -> encodeOption(option, opts, base));
    }
    while (opts.position() % 4 != 0) {
      opts.put((byte) 0);
    }
    int header = 20 + opts.position();
    ByteBuffer out = ByteBuffer.allocate(header + length);
    out.putShort((short) sourcePort).putShort((short) destinationPort);
    out.putInt((int) seq + base.peer);
    out.putInt(ack == null ? 0 : (int) (long) ack + base.local);
    int bits = 0;
    for (char flag : flags.toCharArray()) {
      bits |= switch (flag) {
        case 'F' -> 1;
        case 'S' -> 2;
        case 'R' -> 4;
        case 'P' -> 8;
        case '.' -> 16;
        case 'U' -> 32;
        case 'E' -> 64;
        case 'W' -> 128;
        default -> 0;
      };
    }
    out.putShort((short) (header / 4 << 12 | bits));
    out.putShort((short) (window == null ? 0xffff : window)).putShort((short) 0);
    out.putShort((short) (urgent == null ? 0 : urgent));
    out.put(opts.flip());
    return out.array();
  }

  private static void encodeOption(String option, ByteBuffer out, Base base) {
    String[] words = option.split(" ");
    switch (words[0]) {
      case "nop" -> out.put((byte) 1);
      case "eol" -> out.put((byte) 0);
      case "mss" -> out.put((byte) 2).put((byte) 4).putShort((short) Integer.parseInt(words[1]));
      case "wscale" -> out.put((byte) 3).put((byte) 3).put((byte) Integer.parseInt(words[1]));
      case "sackOK" -> out.put((byte) 4).put((byte) 2);
      case "TS" -> out.put((byte) 8).put((byte) 10).putInt((int) Long.parseLong(words[2]))
          .putInt(words[4].equals("0") ? 0 : (int) Long.parseLong(words[4]) + base.clock);
      case "sack" -> {
        out.put((byte) 5).put((byte) (2 + 8 * (words.length - 1)));
        for (int i = 1; i < words.length; i++) {
          String[] edges = words[i].split(":");
          out.putInt(Integer.parseInt(edges[0]) + base.local).putInt(Integer.parseInt(edges[1]) + base.local);
        }
      }
      case "raw" -> {
        for (int i = 1; i < words.length; i++) {
          out.put((byte) Integer.parseInt(words[i], 16));
        }
      }
      default -> throw new IllegalArgumentException("unknown option " + option);
    }
  }

  // ---- decoding, as the stack sent it

  /** Parses a segment that the stack sent at {@code millis} on the script's clock; takes the bases from its SYN. */
  static SegmentLine decode(ByteBuffer tcp, String ecn, Base base, long millis) {
    int seq = tcp.getInt(4);
    int ack = tcp.getInt(8);
    int word = tcp.getShort(12) & 0xffff;
    int header = (word >> 12) * 4;
    StringBuilder flags = new StringBuilder();
    String names = "FSRP.UEW";
    for (int i = 0; i < 8; i++) {
      if ((word & 1 << i) != 0) {
        flags.append(names.charAt(i));
      }
    }
    if ((word & 2) != 0 && !base.localKnown) {
      base.local = seq;
      base.localKnown = true;
    }
    boolean acks = (word & 16) != 0;
    return new SegmentLine(
        ecn,
        flags.isEmpty() ? "-" : flags.toString(),
        acks || base.localKnown ? seq - base.local : seq,
        tcp.limit() - header,
        acks ? (long) (ack - base.peer) : null,
        tcp.getShort(14) & 0xffff,
        (word & 32) != 0 ? tcp.getShort(18) & 0xffff : null,
        options(tcp, header, base, millis));
  }

  private static List<String> options(ByteBuffer tcp, int header, Base base, long millis) {
    List<String> options = new ArrayList<>();
    int at = 20;
    while (at < header) {
      int kind = tcp.get(at);
      if (kind < 2) {
        options.add(kind == 1 ? "nop" : "eol");
        at++;
        continue;
      }
      int length = tcp.get(at + 1);
      options.add(switch (kind) {
        case 2 -> "mss " + (tcp.getShort(at + 2) & 0xffff);
        case 3 -> "wscale " + tcp.get(at + 2);
        case 4 -> "sackOK";
        case 5 -> sack(tcp, at, length, base);
        case 8 -> timestamps(tcp, at, base, millis);
        default -> "option " + kind + " length " + length;
      });
      at += length;
    }
    return options;
  }

  private static String timestamps(ByteBuffer tcp, int at, Base base, long millis) {
    if (!base.clockKnown) {
      base.clockKnown = true;
      base.clock = tcp.getInt(at + 2) - (int) millis;
    }
    return "TS val " + (tcp.getInt(at + 2) - base.clock) + " ecr " + Integer.toUnsignedLong(tcp.getInt(at + 6));
  }

  private static String sack(ByteBuffer tcp, int at, int length, Base base) {
    StringBuilder text = new StringBuilder("sack");
    for (int i = 2; i < length; i += 8) {
      text.append(' ').append(tcp.getInt(at + i) - base.peer).append(':').append(tcp.getInt(at + i + 4) - base.peer);
    }
    return text.toString();
  }

  // ---- text form

  /** Returns whether {@code actual} matches this expectation. */
  boolean matches(SegmentLine actual) {
    return sorted(flags).equals(sorted(actual.flags))
        && seq == actual.seq
        && length == actual.length
        && (ack == null ? actual.ack == null : ack.equals(actual.ack))
        && (window == null || window.equals(actual.window))
        && (urgent == null ? actual.urgent == null : urgent.equals(actual.urgent))
        && (ecn == null || ecn.equals(actual.ecn))
        && (options == null || optionsMatch(actual.options));
  }

  private boolean optionsMatch(List<String> actual) {
    if (options.size() != actual.size()) {
      return false;
    }
    for (int i = 0; i < actual.size(); i++) {
      String pattern = Pattern.quote(options.get(i)).replace("*", "\\E-?\\d+\\Q");
      if (!actual.get(i).matches(pattern)) {
        return false;
      }
    }
    return true;
  }

  private static String sorted(String flags) {
    return flags.chars().sorted().collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Override
  public String toString() {
    return (ecn == null || ecn.equals("noecn") ? "" : "[" + ecn + "] ") + flags + " " + seq + ":" + (seq + length) + "("
        + length + ")" + (ack == null ? "" : " ack " + ack) + (window == null ? "" : " win " + window)
        + (urgent == null ? "" : " urg " + urgent)
        + (options == null ? "" : " <" + String.join(",", options) + ">");
  }
}

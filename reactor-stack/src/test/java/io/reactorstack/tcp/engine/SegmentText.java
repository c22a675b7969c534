package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A segment as a line of text, with sequence numbers relative to the initial sequence numbers of both sides:
 * {@code "S. 0(0) ack 1 win 65535 <mss 1460, wscale 7, ts 10 20>"}.
 *
 * <p>The flags are S, F, R, P, U, E, W and a dot for ACK; {@code 1461(1000)} is the sequence number and the number of
 * octets of data. Octets are a function of their sequence number, so every test also compares data. An expectation
 * compares flags, sequence number and length, and of the other fields only those that it contains; {@code <>} expects
 * no option. SACK blocks are written {@code sack 1461:2921 4381:5841}. The line may start with the ECN codepoint of the
 * IP header: {@code [noecn]}, {@code [ect0]}, {@code [ect1]}, {@code [ce]}.
 */
record SegmentText(
    int ecn, int flags, int seq, int length, int ack, int window, int urgent, TcpOptions options, boolean hasOptions,
    String text) {

  /** A number that the text omits. */
  static final int OMITTED = Integer.MIN_VALUE;

  private static final Pattern SHAPE = Pattern.compile(
      "(?:\\[(noecn|ect1|ect0|ce)] )?([SFRPUEW.]+) (-?\\d+)\\((\\d+)\\)(?: ack (-?\\d+))?(?: win (\\d+))?(?: urg (\\d+))?(?: <(.*)>)?");

  static SegmentText parse(String text) {
    Matcher m = SHAPE.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException("not a segment: " + text);
    }
    int flags = 0;
    for (char c : m.group(2).toCharArray()) {
      flags |= switch (c) {
        case 'S' -> TcpSegment.SYN;
        case 'F' -> TcpSegment.FIN;
        case 'R' -> TcpSegment.RST;
        case 'P' -> TcpSegment.PSH;
        case 'U' -> TcpSegment.URG;
        case 'E' -> TcpSegment.ECE;
        case 'W' -> TcpSegment.CWR;
        default -> TcpSegment.ACK;
      };
    }
    return new SegmentText(
        m.group(1) == null ? OMITTED : List.of("noecn", "ect1", "ect0", "ce").indexOf(m.group(1)),
        flags,
        Integer.parseInt(m.group(3)),
        Integer.parseInt(m.group(4)),
        number(m.group(5)),
        number(m.group(6)),
        number(m.group(7)),
        options(m.group(8)),
        m.group(8) != null,
        text);
  }

  private static int number(String text) {
    return text == null ? OMITTED : Integer.parseInt(text);
  }

  private static TcpOptions options(String text) {
    TcpOptions options = TcpOptions.NONE;
    if (text == null || text.isBlank()) {
      return options;
    }
    for (String option : text.split(", *")) {
      String[] words = option.split(" ");
      options = switch (words[0]) {
        case "mss" -> options.withMss(Integer.parseInt(words[1]));
        case "wscale" -> options.withWindowScale(Integer.parseInt(words[1]));
        case "ts" -> options.withTimestamps(Integer.parseUnsignedInt(words[1]), Integer.parseUnsignedInt(words[2]));
        case "sackOK" -> options.withSackPermitted();
        case "sack" -> options.withSackBlocks(edges(words));
        case "uto" -> options.withUserTimeout(Integer.parseInt(words[1]));
        case "fo" -> options.withFastOpenCookie(words.length == 1 ? new byte[0] : HexFormat.of().parseHex(words[1]));
        default -> throw new IllegalArgumentException("not an option: " + option);
      };
    }
    return options;
  }

  /**
   * Parses {@code sack 1461:2921 4381:5841}; the numbers are relative to the initial sequence number of the side that
   * sent the data.
   */
  private static int[] edges(String[] words) {
    return Arrays.stream(words).skip(1).flatMap(w -> Arrays.stream(w.split(":"))).mapToInt(Integer::parseInt).toArray();
  }

  /** Returns {@code options} with the SACK blocks moved by {@code distance}. */
  static TcpOptions shifted(TcpOptions options, int distance) {
    int[] blocks = options.sackBlocks();
    return blocks.length == 0
        ? options
        : options.withSackBlocks(Arrays.stream(blocks).map(edge -> edge + distance).toArray());
  }

  /** Returns the octet at {@code relative} in every stream of these tests. */
  static byte octet(int relative) {
    return (byte) (relative * 31 + (relative >>> 8));
  }

  /** Compares a segment that the engine has sent; its relative numbers start at {@code iss} and {@code irs}. */
  void compare(TcpSegment segment, int iss, int irs) {
    String actual = describe(segment, iss, irs);
    assertThat(segment.flags()).as("flags of %s, expected %s", actual, text).isEqualTo(flags);
    // A RST may take its sequence number from any acknowledgement number; it is relative to ours too.
    assertThat(segment.seq() - iss).as("seq of %s, expected %s", actual, text).isEqualTo(seq);
    ByteBuf payload = segment.payload();
    assertThat(payload.readableBytes()).as("length of %s, expected %s", actual, text).isEqualTo(length);
    int first = seq + ((flags & TcpSegment.SYN) != 0 ? 1 : 0);
    for (int i = 0; i < length; i++) {
      if (payload.getByte(payload.readerIndex() + i) != octet(first + i)) {
        throw new AssertionError("wrong octet " + i + " in " + actual);
      }
    }
    if (ecn != OMITTED) {
      assertThat(segment.ecn()).as("ECN codepoint of %s, expected %s", actual, text).isEqualTo(ecn);
    }
    if (ack != OMITTED) {
      assertThat(segment.ack() - irs).as("ack of %s, expected %s", actual, text).isEqualTo(ack);
    }
    if (window != OMITTED) {
      assertThat(segment.window()).as("window of %s, expected %s", actual, text).isEqualTo(window);
    }
    if (urgent != OMITTED) {
      assertThat(segment.urgentPointer()).as("urgent pointer of %s, expected %s", actual, text).isEqualTo(urgent);
    }
    if (hasOptions) {
      assertThat(shifted(segment.options(), -irs)).as("options of %s, expected %s", actual, text).isEqualTo(options);
    }
  }

  /** Returns {@code segment} as such a line of text. */
  static String describe(TcpSegment segment, int iss, int irs) {
    StringBuilder s = new StringBuilder();
    String names = "FSRP.UEW";
    for (int bit : new int[] {1, 0, 2, 3, 5, 6, 7, 4}) {
      if (segment.has(1 << bit)) {
        s.append(names.charAt(bit));
      }
    }
    s.append(' ').append(segment.seq() - iss).append('(').append(segment.payload().readableBytes()).append(')');
    if (segment.has(TcpSegment.ACK)) {
      s.append(" ack ").append(segment.ack() - irs);
    }
    return s.append(" win ").append(segment.window()).append(' ').append(shifted(segment.options(), -irs)).toString();
  }
}

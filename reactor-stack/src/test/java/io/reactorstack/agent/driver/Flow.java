package io.reactorstack.agent.driver;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One connection from the peer's view. It reads and writes segments without the stack's codecs, as {@link Packets}
 * does.
 */
final class Flow {

  private final Scenario scenario;
  private final SegmentLine.Base base = new SegmentLine.Base();
  private final int peerPort;
  private int stackPort;
  private double now;

  Flow(Scenario scenario, int peerPort, int stackPort) {
    this.scenario = scenario;
    this.peerPort = peerPort;
    this.stackPort = stackPort;
    this.now = scenario.driver.now() / 1000.0;
  }

  /**
   * Plays lines of the form {@code TIME < SEGMENT}, a segment that the peer sends; {@code TIME > SEGMENT}, a segment
   * that the stack must send exactly then and before any other packet; and {@code TIME silence}, until which the stack
   * must send nothing. {@code +TIME} counts from the previous line, {@code .} is the same time. Lines that begin with
   * {@code #} are comments.
   */
  Flow play(String lines) {
    for (String line : lines.split("\n")) {
      String text = line.strip();
      if (!text.isEmpty() && !text.startsWith("#")) {
        playLine(text);
      }
    }
    return this;
  }

  private void playLine(String text) {
    String[] words = text.split("\\s+", 3);
    now = switch (words[0].charAt(0)) {
      case '.' -> Math.max(now, 0);
      case '+' -> now + Double.parseDouble(words[0].substring(1));
      default -> Double.parseDouble(words[0]);
    };
    switch (words[1]) {
      case "<" -> inject(words[2]);
      case ">" -> expect(words[2]);
      case "silence" -> scenario.silence(now);
      default -> throw new IllegalArgumentException(text);
    }
  }

  private void inject(String text) {
    scenario.at(now);
    SegmentLine line = SegmentLine.parse(text);
    scenario.note("< " + line);
    int ecn = line.ecn() == null ? 0 : switch (line.ecn()) {
      case "ect0" -> 2;
      case "ect1" -> 1;
      case "ce" -> 3;
      default -> 0;
    };
    scenario.inject(Packets.TCP, ecn, line.encode(base, peerPort, stackPort));
  }

  private void expect(String text) {
    SegmentLine expected = SegmentLine.parse(text);
    Driver.Packet packet = scenario.next(now);
    if (packet == null) {
      scenario.fail("no packet was sent until " + now + ", expected " + expected);
    }
    ByteBuffer tcp = Packets.verified(packet.bytes());
    if (stackPort == 0) {
      stackPort = tcp.getShort(0) & 0xffff;
    }
    if (Packets.protocol(packet.bytes()) != Packets.TCP || (tcp.getShort(0) & 0xffff) != stackPort
        || (tcp.getShort(2) & 0xffff) != peerPort) {
      scenario.fail("a packet of another connection, expected " + expected);
    }
    SegmentLine actual = SegmentLine.decode(tcp, Packets.ecn(packet.bytes()), base, packet.time() / 1000);
    scenario.note("> " + actual);
    if (packet.time() != Scenario.micros(now) || !expected.matches(actual)) {
      scenario.fail("at " + now + " expected " + expected + "\nat " + packet.time() / 1000.0 + " came    " + actual);
    }
  }

  /**
   * Sends an ICMP error, from the peer's host or a router, about the segment {@code quoted} that the stack has sent.
   */
  Flow icmp(double millis, int type, int code, int mtu, String quoted) {
    now = millis;
    scenario.at(now);
    scenario.note("< icmp " + type + "/" + code + " mtu " + mtu + " about " + quoted);
    SegmentLine line = SegmentLine.parse(quoted);
    ByteBuffer tcp = ByteBuffer.allocate(20);
    tcp.putShort((short) stackPort).putShort((short) peerPort).putInt((int) line.seq() + base.local)
        .putInt(line.ack() == null ? 0 : (int) (long) line.ack() + base.peer).putInt(0x5010_ffff);
    boolean v4 = scenario.net != Scenario.Net.V6;
    byte[] inner = Packets.ip(scenario.net.local, scenario.net.remote, Packets.TCP, 0, tcp.array());
    int start = v4 ? 20 : 40;
    // The quoted header has the original length of the packet.
    ByteBuffer.wrap(inner).putShort(v4 ? 2 : 4, (short) (20 + line.length() + (v4 ? 20 : 0)));
    ByteBuffer message = ByteBuffer.allocate(8 + start + 20);
    message.put((byte) type).put((byte) code).putShort((short) 0).putInt(mtu).put(Arrays.copyOf(inner, start + 20));
    scenario.inject(v4 ? Packets.ICMP : Packets.ICMP_V6, 0, message.array());
    return this;
  }

  double now() {
    return now;
  }
}

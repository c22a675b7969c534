package io.reactorstack;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Thousands of peers that speak just enough TCP to make a host hold memory for them. They are built from plain byte
 * arrays and use nothing of the host's allocator; each has its own address and port.
 */
final class HostilePeers {

  /** The behaviour of a peer after its handshake, or instead of completing it. */
  enum Kind {
    /** Requests endless data with a window of one octet, and never reads. */
    NEVER_READS,
    /**
     * Like {@link #NEVER_READS}, but acknowledges the first 60,000 octets at full speed, so that the sender's window
     * grows.
     */
    STOPS_READING,
    /** Sends as much as the window allows, and retransmits the part that was not acknowledged. */
    SENDS_UNREAD,
    /** Sends all that the window allows except the first octet. */
    SENDS_ABOVE_A_GAP,
    /** Leaves the handshake half open. */
    HALF_OPENS
  }

  private static final int MSS = 1460;
  private static final int GREED = 60_000;
  private static final byte[] REQUEST = "endless\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SEGMENT = new byte[MSS];

  private final String server;
  private final int port;
  private final Queue<byte[]> out;
  private final Map<Long, Peer> peers = new LinkedHashMap<>();

  /** Creates peers of {@code port} of {@code server}; their packets are added to {@code out}. */
  HostilePeers(String server, int port, Queue<byte[]> out) {
    this.server = server;
    this.port = port;
    this.out = out;
  }

  /** The number of peers whose SYN the host has answered. */
  long answered() {
    return peers.values().stream().filter(peer -> peer.answered).count();
  }

  /** The number of octets that the host has acknowledged to all peers. */
  long taken() {
    return peers.values().stream().mapToLong(peer -> peer.sndUna - peer.iss).sum();
  }

  /** Adds a peer, which sends its SYN. */
  void add(Kind kind, int number) {
    Peer peer = new Peer(kind, "10." + (100 + number / 65_000) + "." + number / 250 % 256 + "." + (1 + number % 250),
        1024 + number % 60_000);
    peers.put(key(IpAddress.parse(peer.address).bytes(), peer.port), peer);
    peer.open();
  }

  /** Delivers a packet from the host. */
  void accept(byte[] packet) {
    TcpSegment segment = SeenFrame.bare(Unpooled.wrappedBuffer(packet)).tcp();
    if (segment != null) {
      // The flow of a parsed segment is in its receiver's view.
      FourTuple flow = segment.flow();
      Peer peer = peers.get(key(flow.localAddress().bytes(), flow.localPort()));
      if (peer != null) {
        peer.accept(segment);
      }
    }
  }

  /** Lets each peer retransmit. */
  void tick() {
    peers.values().forEach(Peer::tick);
  }

  /** Lets each peer reset its connection. */
  void end() {
    peers.values().forEach(Peer::reset);
    peers.clear();
  }

  private static byte[] pseudoHeader(String from, String to) {
    return ByteBuffer.allocate(8).put(IpAddress.parse(from).bytes()).put(IpAddress.parse(to).bytes()).array();
  }

  private static long key(byte[] address, int port) {
    return (long) ByteBuffer.wrap(address).getInt() << 16 | port;
  }

  private final class Peer {

    private final Kind kind;
    private final String address;
    private final int port;
    private final byte[] addresses;
    private final int iss = 1000;
    private int sndUna = iss + 1;
    private int sndNxt = iss + 1;
    private int rcvNxt;
    private int irs;
    private int edge;
    private boolean answered;

    Peer(Kind kind, String address, int port) {
      this.kind = kind;
      this.address = address;
      this.port = port;
      this.addresses = pseudoHeader(address, server);
    }

    private byte[] withChecksum(byte[] segment) {
      int pseudo = ~Packets.checksum(addresses, 0, addresses.length, 6 + segment.length) & 0xffff;
      Packets.putShort(segment, 16, Packets.checksum(segment, 0, segment.length, pseudo));
      return segment;
    }

    void open() {
      send(TcpSegment.SYN, iss, 0, 65_535, new byte[] {2, 4, (byte) (MSS >> 8), (byte) MSS}, 0);
    }

    void accept(TcpSegment in) {
      if (in.has(TcpSegment.RST)) {
        return;
      }
      if (in.has(TcpSegment.SYN)) {
        edge = in.ack() + in.window();
        onSynAck(in.seq());
      } else if (answered) {
        onSegment(in.seq(), in.ack(), in.window(), in.payloadLength());
      }
    }

    private void onSynAck(int seq) {
      boolean first = !answered;
      answered = true;
      if (kind == Kind.HALF_OPENS) {
        return;
      }
      irs = seq;
      rcvNxt = seq + 1;
      acknowledge();
      if (first && isReader()) {
        data(sndNxt, REQUEST, REQUEST.length);
        sndNxt += REQUEST.length;
      }
      fill();
    }

    private boolean isReader() {
      return kind == Kind.NEVER_READS || kind == Kind.STOPS_READING;
    }

    private void onSegment(int seq, int ack, int window, int length) {
      sndUna = ack - sndUna > 0 ? ack : sndUna;
      edge = ack + window;
      if (length > 0) {
        boolean takes = seq == rcvNxt && (kind == Kind.STOPS_READING ? rcvNxt - irs < GREED : seq == irs + 1);
        rcvNxt += takes ? Math.min(length, kind == Kind.NEVER_READS ? 1 : length) : 0;
        acknowledge();
      }
      fill();
    }

    private void acknowledge() {
      int window = switch (kind) {
        case NEVER_READS -> rcvNxt == irs + 1 ? 1 : 0;
        case STOPS_READING -> rcvNxt - irs < GREED ? 65_535 : 0;
        case SENDS_UNREAD, SENDS_ABOVE_A_GAP, HALF_OPENS -> 65_535;
      };
      send(TcpSegment.ACK, sndNxt, rcvNxt, window, new byte[0], 0);
    }

    /** Sends the part of the window that was not sent yet. */
    private void fill() {
      if (kind != Kind.SENDS_UNREAD && kind != Kind.SENDS_ABOVE_A_GAP) {
        return;
      }
      if (kind == Kind.SENDS_ABOVE_A_GAP && sndNxt == iss + 1 && edge - sndNxt > 0) {
        sndNxt++;
      }
      while (edge - sndNxt > 0) {
        int n = Math.min(MSS, edge - sndNxt);
        data(sndNxt, SEGMENT, n);
        sndNxt += n;
      }
    }

    void tick() {
      if (!answered) {
        open();
      } else if (kind == Kind.SENDS_UNREAD && sndNxt - sndUna > 0) {
        data(sndUna, SEGMENT, Math.min(MSS, sndNxt - sndUna));
      } else if (kind == Kind.SENDS_ABOVE_A_GAP) {
        data(iss + 2, SEGMENT, Math.min(MSS, edge - iss - 2));
      }
    }

    void reset() {
      if (kind != Kind.HALF_OPENS) {
        send(TcpSegment.RST | TcpSegment.ACK, sndUna, rcvNxt, 0, new byte[0], 0);
      }
    }

    private void data(int seq, byte[] source, int length) {
      send(TcpSegment.PSH | TcpSegment.ACK, seq, rcvNxt, isReader() ? 1 : 65_535,
          ByteBuffer.allocate(length).put(source, 0, length).array(),
          length);
    }

    /** {@code more} contains the options, followed by {@code data} octets of data. */
    private void send(int flags, int seq, int ack, int window, byte[] more, int data) {
      int options = more.length - data;
      byte[] segment = ByteBuffer.allocate(20 + more.length)
          .putShort((short) port)
          .putShort((short) HostilePeers.this.port)
          .putInt(seq)
          .putInt(ack)
          .put((byte) (5 + options / 4 << 4))
          .put((byte) flags)
          .putShort((short) window)
          .putInt(0)
          .put(more)
          .array();
      out.add(Packets.ipv4(address, server, 6, withChecksum(segment)));
    }
  }
}

package io.reactorstack.benchmarks.suite.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * A minimal server on a TAP interface: it accepts every connection on every port, answers each segment with data by one
 * response, and ends a connection when its client does. It keeps two numbers for each pair of ports. Counts the
 * connections that have ended.
 */
public final class TapFloorServer extends FloorThread {

  private static final int PORTS = 1 << 16;

  /** Ports of the server that a client may use at the same time are adjacent, so their last bits tell them apart. */
  private static final int SERVERS = 8;

  private static final int WINDOW_FIELD = 0xffff;

  /** Initial sequence numbers advance by this for each connection. */
  private static final int STEP = 64_000;

  private final TapLink link;
  private final int responseBytes;
  private final int[] rcvNxt = new int[SERVERS * PORTS];
  private final int[] sndNxt = new int[SERVERS * PORTS];
  private MemorySegment control;
  private MemorySegment response;
  private long sumOfResponse;
  private int at;
  private int iss;

  /** Creates the server, whose responses have the given length. */
  public TapFloorServer(TapLink link, int responseBytes) {
    this.link = link;
    this.responseBytes = responseBytes;
  }

  @Override
  void loop() {
    link.pin();
    link.resolve();
    at = link.at();
    if (control == null) {
      prepare();
    }
    while (isRunning()) {
      if (link.receive() > 0) {
        onPacket(link.received());
      } else {
        link.await();
      }
    }
  }

  private void prepare() {
    control = link.frame(FloorPacket.HEADERS + FloorPacket.SYN_OPTIONS);
    response = link.frame(FloorPacket.HEADERS + responseBytes);
    link.flow(control, 0, 0);
    link.flow(response, 0, 0);
    for (int i = 0; i < responseBytes; i++) {
      response.set(JAVA_BYTE, (long) at + FloorPacket.HEADERS + i, (byte) (i * 31));
    }
    sumOfResponse = FloorPacket.sum(response, (long) at + FloorPacket.HEADERS, responseBytes);
  }

  private void onPacket(MemorySegment packet) {
    int flags = FloorPacket.flags(packet, at);
    int client = FloorPacket.sourcePort(packet, at);
    int port = FloorPacket.destinationPort(packet, at);
    int seq = FloorPacket.seq(packet, at);
    int pair = pair(client, port);
    if ((flags & FloorPacket.SYN) != 0) {
      accept(client, port, seq);
    } else if ((flags & FloorPacket.RST) == 0 && seq == rcvNxt[pair]) {
      int data = FloorPacket.length(packet, at) - FloorPacket.headers(packet, at);
      rcvNxt[pair] += data;
      if (data > 0) {
        respond(client, port);
      }
      if ((flags & FloorPacket.FIN) != 0) {
        rcvNxt[pair]++;
        sendControl(client, port, FloorPacket.FIN);
        sndNxt[pair]++;
        done(1);
      }
    }
  }

  private void accept(int client, int port, int seq) {
    iss += STEP;
    int pair = pair(client, port);
    rcvNxt[pair] = seq + 1;
    sndNxt[pair] = iss + 1;
    FloorPacket.ports(control, at, port, client);
    FloorPacket.syn(control, at, iss, seq + 1, FloorPacket.ACK, WINDOW_FIELD, 0);
    link.send(control);
    FloorPacket.noOptions(control, at);
  }

  private static int pair(int client, int port) {
    return port % SERVERS * PORTS + client;
  }

  private void respond(int client, int port) {
    int pair = pair(client, port);
    FloorPacket.ports(response, at, port, client);
    FloorPacket.segment(response, at, sndNxt[pair], rcvNxt[pair], FloorPacket.ACK | FloorPacket.PSH, WINDOW_FIELD,
        responseBytes);
    FloorPacket.checksum(response, at, sumOfResponse);
    link.send(response);
    sndNxt[pair] += responseBytes;
  }

  private void sendControl(int client, int port, int flags) {
    int pair = pair(client, port);
    FloorPacket.ports(control, at, port, client);
    FloorPacket.segment(control, at, sndNxt[pair], rcvNxt[pair], flags | FloorPacket.ACK, WINDOW_FIELD, 0);
    FloorPacket.checksum(control, at);
    link.send(control);
  }
}

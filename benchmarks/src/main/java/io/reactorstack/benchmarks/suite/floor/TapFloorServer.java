package io.reactorstack.benchmarks.suite.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * A minimal server on a TAP interface: it accepts every connection on every port, answers each segment with data by one
 * response, and ends a connection when its client does. It keeps two numbers for each port of the client. Counts the
 * connections that have ended.
 */
public final class TapFloorServer extends FloorThread {

  private static final int PORTS = 1 << 16;
  private static final int WINDOW_FIELD = 0xffff;

  /** Initial sequence numbers advance by this for each connection. */
  private static final int STEP = 64_000;

  private final TapLink link;
  private final int responseBytes;
  private final int[] rcvNxt = new int[PORTS];
  private final int[] sndNxt = new int[PORTS];
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
    if ((flags & FloorPacket.SYN) != 0) {
      accept(client, port, seq);
    } else if ((flags & FloorPacket.RST) == 0 && seq == rcvNxt[client]) {
      int data = FloorPacket.length(packet, at) - FloorPacket.headers(packet, at);
      rcvNxt[client] += data;
      if (data > 0) {
        respond(client, port);
      }
      if ((flags & FloorPacket.FIN) != 0) {
        rcvNxt[client]++;
        sendControl(client, port, FloorPacket.FIN);
        sndNxt[client]++;
        done(1);
      }
    }
  }

  private void accept(int client, int port, int seq) {
    iss += STEP;
    rcvNxt[client] = seq + 1;
    sndNxt[client] = iss + 1;
    FloorPacket.ports(control, at, port, client);
    FloorPacket.syn(control, at, iss, seq + 1, FloorPacket.ACK, WINDOW_FIELD, 0);
    link.send(control);
    FloorPacket.noOptions(control, at);
  }

  private void respond(int client, int port) {
    FloorPacket.ports(response, at, port, client);
    FloorPacket.segment(response, at, sndNxt[client], rcvNxt[client], FloorPacket.ACK | FloorPacket.PSH, WINDOW_FIELD,
        responseBytes);
    FloorPacket.checksum(response, at, sumOfResponse);
    link.send(response);
    sndNxt[client] += responseBytes;
  }

  private void sendControl(int client, int port, int flags) {
    FloorPacket.ports(control, at, port, client);
    FloorPacket.segment(control, at, sndNxt[client], rcvNxt[client], flags | FloorPacket.ACK, WINDOW_FIELD, 0);
    FloorPacket.checksum(control, at);
    link.send(control);
  }
}

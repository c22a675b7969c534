package io.reactorstack.benchmarks.suite.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.reactorstack.benchmarks.suite.load.Load;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One stream between a minimal program on a TAP interface and the kernel. */
public final class TapFloor {

  private static final int SCALE = 7;
  private static final int WINDOW = 1 << 20;
  private static final int WINDOW_FIELD = WINDOW >> SCALE;
  private static final int BATCH = 32;
  private static final int MOST_SEGMENTS = 44;
  private static final int FIRST_PORT = 20_000;
  private static final int PORTS = 10_000;
  private static final int DUPLICATES = 3;

  private TapFloor() {}

  /**
   * Returns a load that receives: it verifies each packet, copies its data once, and acknowledges it. The window is fixed.
   *
   * @param port the port of a server that sends
   * @param acknowledgeEvery the number of packets for one acknowledgement, while there are any: the kernel handles an
   *     acknowledgement, and sends the next packets, on the processor of this program
   */
  public static Load receiving(TapLink link, int port, int acknowledgeEvery) {
    return new Receiving(link, port, acknowledgeEvery);
  }

  /**
   * Returns a load that sends the same data again and again, with headers and a checksum that are almost ready, as far as
   * the peer's window permits. After a loss it sends again from the gap.
   *
   * @param port the port of a server that receives
   */
  public static Load sending(TapLink link, int port) {
    return new Sending(link, port);
  }

  /** The numbers of a connection that this end opens. */
  private abstract static class Connection extends FloorThread {

    final TapLink link;
    final int server;
    MemorySegment control;
    int at;
    int port = FIRST_PORT;
    int sndUna;
    int sndNxt;
    int rcvNxt;
    int scale;
    int sendWindow;

    Connection(TapLink link, int server) {
      this.link = link;
      this.server = server;
    }

    @Override
    final void loop() {
      link.pin();
      link.resolve();
      at = link.at();
      if (control == null) {
        control = link.frame(FloorPacket.HEADERS + FloorPacket.SYN_OPTIONS);
      }
      port = FIRST_PORT + (port + 1 - FIRST_PORT) % PORTS;
      link.flow(control, port, server);
      open();
      transfer();
      sendControl(FloorPacket.RST);
    }

    abstract void transfer();

    private void open() {
      sndNxt = port << 16;
      FloorPacket.syn(control, at, sndNxt, 0, 0, WINDOW_FIELD, SCALE);
      link.send(control);
      FloorPacket.noOptions(control, at);
      sndUna = ++sndNxt;
      while (next() < 0) {
        if (!isRunning()) {
          return;
        }
        link.await();
      }
      MemorySegment packet = link.received();
      if ((FloorPacket.flags(packet, at) & FloorPacket.SYN) == 0) {
        throw new IllegalStateException("the peer refuses the connection");
      }
      rcvNxt = FloorPacket.seq(packet, at) + 1;
      scale = FloorPacket.scale(packet, at);
      sendWindow = FloorPacket.window(packet, at);
      sendControl(0);
    }

    /** Takes the next packet of this connection and returns the length of its data, or -1 if there is none now. */
    final int next() {
      while (true) {
        int length = link.receive();
        if (length == 0) {
          return -1;
        }
        MemorySegment packet = link.received();
        if (FloorPacket.destinationPort(packet, at) == port) {
          return length - FloorPacket.headers(packet, at);
        }
      }
    }

    final void sendControl(int flags) {
      FloorPacket.segment(control, at, sndNxt, rcvNxt, flags | FloorPacket.ACK, WINDOW_FIELD, 0);
      FloorPacket.checksum(control, at);
      link.send(control);
    }
  }

  private static final class Receiving extends Connection {

    private final MemorySegment application = Arena.ofAuto().allocate(WINDOW, 64);
    private final int acknowledgeEvery;
    private long position;
    private int unacknowledged;

    Receiving(TapLink link, int server, int acknowledgeEvery) {
      super(link, server);
      this.acknowledgeEvery = acknowledgeEvery;
    }

    @Override
    void transfer() {
      while (isRunning()) {
        int data = next();
        if (data < 0) {
          acknowledge();
          link.await();
        } else if (data > 0) {
          receive(data);
        }
      }
    }

    private void receive(int data) {
      MemorySegment packet = link.received();
      if (FloorPacket.seq(packet, at) != rcvNxt) {
        // A gap, or old data: the acknowledgement says what is missing.
        sendControl(0);
        return;
      }
      if (position + data > WINDOW) {
        position = 0;
      }
      MemorySegment.copy(packet, (long) at + FloorPacket.headers(packet, at), application, position, data);
      position += data;
      rcvNxt += data;
      done(data);
      unacknowledged++;
      if (unacknowledged >= acknowledgeEvery) {
        acknowledge();
      }
    }

    private void acknowledge() {
      if (unacknowledged > 0) {
        unacknowledged = 0;
        sendControl(0);
      }
    }
  }

  private static final class Sending extends Connection {

    private MemorySegment frame;
    private long sumOfData;
    private int duplicates;

    Sending(TapLink link, int server) {
      super(link, server);
    }

    @Override
    void transfer() {
      prepare();
      while (isRunning()) {
        boolean sent = false;
        for (int i = 0; i < BATCH; i++) {
          sent |= sendOne();
        }
        boolean acknowledged = takeAcknowledgements();
        if (!sent && !acknowledged && !link.await()) {
          sndNxt = sndUna;
        }
      }
    }

    private void prepare() {
      int data = FloorPacket.MSS * (link.hasOffload() ? MOST_SEGMENTS : 1);
      if (frame == null) {
        frame = link.frame(FloorPacket.HEADERS + data);
        for (int i = 0; i < data; i++) {
          frame.set(JAVA_BYTE, (long) at + FloorPacket.HEADERS + i, (byte) (i * 31));
        }
      }
      link.flow(frame, port, server);
      sumOfData = FloorPacket.sum(frame, (long) at + FloorPacket.HEADERS, FloorPacket.MSS);
      duplicates = 0;
    }

    /** Sends as much as the window permits, at most one frame; returns whether it permits any. */
    private boolean sendOne() {
      int room = sendWindow - (sndNxt - sndUna);
      if (room < FloorPacket.MSS) {
        return false;
      }
      if (link.hasOffload()) {
        int data = FloorPacket.MSS * Math.min(MOST_SEGMENTS, room / FloorPacket.MSS);
        FloorPacket.segment(frame, at, sndNxt, rcvNxt, FloorPacket.ACK, WINDOW_FIELD, data);
        FloorPacket.partialChecksum(frame, at);
        link.sendUnfinished(frame, FloorPacket.MSS);
        sndNxt += data;
      } else {
        FloorPacket.segment(frame, at, sndNxt, rcvNxt, FloorPacket.ACK, WINDOW_FIELD, FloorPacket.MSS);
        FloorPacket.checksum(frame, at, sumOfData);
        link.send(frame);
        sndNxt += FloorPacket.MSS;
      }
      return true;
    }

    private boolean takeAcknowledgements() {
      boolean any = false;
      while (next() >= 0) {
        any = true;
        MemorySegment packet = link.received();
        int acknowledged = FloorPacket.ack(packet, at) - sndUna;
        sendWindow = FloorPacket.window(packet, at) << scale;
        if (acknowledged > 0) {
          done(acknowledged);
          sndUna += acknowledged;
          if (sndNxt - sndUna < 0) {
            sndNxt = sndUna;
          }
          duplicates = 0;
        } else if (++duplicates == DUPLICATES) {
          sndNxt = sndUna;
        }
      }
      return any;
    }
  }
}

package io.reactorstack.benchmarks.suite.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.reactorstack.benchmarks.suite.load.Load;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Two ends that exchange packets of MTU 1500 through rings in memory, on one thread. Each packet has its headers and its
 * checksum written by one end and verified by the other; the data is copied once, into the packet, and read in place.
 */
public final class MemoryFloor {

  private static final int SLOTS = 64;
  private static final int SLOT_BYTES = 2048;
  private static final int MSS = 1460;
  private static final int WINDOW = 48 * MSS;
  private static final int WINDOW_FIELD = 0xffff;
  private static final int TURNS = 1000;
  private static final int SOURCE_BYTES = 64 * 1024;

  private MemoryFloor() {}

  /** Returns a load that sends one stream from end to end, with an acknowledgement for every second packet. */
  public static Load stream() {
    return new Stream();
  }

  /** Returns a load that sends one byte to and fro. */
  public static Load roundTrip() {
    return new RoundTrip();
  }

  /** One direction: packets in order of their sending. */
  private static final class Ring {

    private final MemorySegment slots = Arena.ofAuto().allocate((long) SLOTS * SLOT_BYTES, 64);
    private int head;
    private int tail;

    boolean isEmpty() {
      return head == tail;
    }

    long first() {
      return (long) (head % SLOTS) * SLOT_BYTES;
    }

    long free() {
      return (long) (tail % SLOTS) * SLOT_BYTES;
    }
  }

  /** The sending and receiving numbers of one end. */
  private static final class End {

    private final Ring in;
    private final Ring out;
    private int sndNxt;
    private int sndUna;
    private int rcvNxt;
    private int unacknowledged;

    End(Ring in, Ring out, int address, int peer) {
      this.in = in;
      this.out = out;
      for (int i = 0; i < SLOTS; i++) {
        FloorPacket.flow(out.slots, (long) i * SLOT_BYTES, address, peer, 1, 2);
      }
    }

    boolean maySend(int bytes) {
      return sndNxt - sndUna + bytes <= WINDOW;
    }

    void send(MemorySegment source, long from, int bytes) {
      long at = out.free();
      MemorySegment.copy(source, from, out.slots, at + FloorPacket.HEADERS, bytes);
      FloorPacket.segment(out.slots, at, sndNxt, rcvNxt, FloorPacket.ACK, WINDOW_FIELD, bytes);
      FloorPacket.checksum(out.slots, at);
      sndNxt += bytes;
      unacknowledged = 0;
      out.tail++;
    }

    /** Takes the next packet and returns the length of its data. */
    int receive() {
      MemorySegment memory = in.slots;
      long at = in.first();
      in.head++;
      if (!FloorPacket.isTcp(memory, at, SLOT_BYTES) || !FloorPacket.isIntact(memory, at)
          || FloorPacket.seq(memory, at) != rcvNxt) {
        throw new IllegalStateException("a damaged packet");
      }
      sndUna = FloorPacket.ack(memory, at);
      int data = FloorPacket.length(memory, at) - FloorPacket.headers(memory, at);
      rcvNxt += data;
      if (data > 0) {
        unacknowledged++;
      }
      return data;
    }
  }

  private static MemorySegment source() {
    MemorySegment source = Arena.ofAuto().allocate(SOURCE_BYTES + MSS, 64);
    for (long i = 0; i < source.byteSize(); i++) {
      source.set(JAVA_BYTE, i, (byte) (i * 31));
    }
    return source;
  }

  private static final class Stream extends FloorThread {

    private final MemorySegment source = source();
    private final Ring data = new Ring();
    private final Ring acks = new Ring();
    private final End sender = new End(acks, data, 1, 2);
    private final End receiver = new End(data, acks, 2, 1);
    private long position;

    @Override
    void loop() {
      while (isRunning()) {
        for (int i = 0; i < TURNS; i++) {
          turn();
        }
      }
    }

    private void turn() {
      while (sender.maySend(MSS)) {
        sender.send(source, position, MSS);
        position = (position + MSS) % SOURCE_BYTES;
      }
      long received = 0;
      while (!data.isEmpty()) {
        received += receiver.receive();
        if (receiver.unacknowledged == 2) {
          receiver.send(source, 0, 0);
        }
      }
      done(received);
      while (!acks.isEmpty()) {
        sender.receive();
      }
    }
  }

  private static final class RoundTrip extends FloorThread {

    private final MemorySegment source = source();
    private final Ring there = new Ring();
    private final Ring back = new Ring();
    private final End client = new End(back, there, 1, 2);
    private final End server = new End(there, back, 2, 1);

    @Override
    void loop() {
      while (isRunning()) {
        for (int i = 0; i < TURNS; i++) {
          client.send(source, i, 1);
          server.receive();
          server.send(source, i, 1);
          client.receive();
          done(1);
        }
      }
    }
  }
}

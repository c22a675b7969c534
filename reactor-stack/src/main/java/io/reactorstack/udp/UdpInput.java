package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The receive queue of one socket: datagrams that wait for the reader, within the bounds of {@link UdpSettings}. */
final class UdpInput {

  private final HostMemory memory;
  private final HostMemory.Holding held;
  private final Deque<Datagram> received = new ArrayDeque<>();
  private int bytes;

  /**
   * Creates an empty queue.
   *
   * @param memory the memory to which the datagrams are charged
   */
  UdpInput(HostMemory memory) {
    this.memory = memory;
    this.held = memory.open();
    held.reserve(UdpSocket.OWN_MEMORY);
  }

  /** Queues a datagram, which the queue owns; returns {@code null}, or the reason for which it was released. */
  @Nullable
  UdpDrop add(UdpDatagram datagram, UdpSettings settings) {
    int length = datagram.payload().readableBytes();
    if (received.size() >= settings.receiveDatagrams() || bytes + length > settings.receiveBytes()) {
      datagram.release();
      return UdpDrop.RECEIVE_QUEUE_FULL;
    }
    InboundPacket carrier = datagram.carrier();
    ByteBuf payload = memory.compact(carrier.payload());
    if (!held.take(payload)) {
      payload.release();
      return UdpDrop.MEMORY_LIMIT;
    }
    received.addLast(
        new Datagram(
            new Endpoint(carrier.destination(), datagram.destinationPort()),
            new Endpoint(carrier.peer(), datagram.sourcePort()),
            carrier.trafficClass(),
            carrier.hopLimit(),
            carrier.options(),
            payload));
    bytes += length;
    return null;
  }

  /** Removes and returns the oldest datagram, which the caller owns, or returns {@code null}. */
  @Nullable
  Datagram poll() {
    Datagram datagram = received.pollFirst();
    if (datagram != null) {
      bytes -= datagram.payload().readableBytes();
      held.give(datagram.payload());
    }
    return datagram;
  }

  /** The number of waiting datagrams. */
  int size() {
    return received.size();
  }

  /** Releases the waiting datagrams. */
  void close() {
    received.forEach(Datagram::release);
    received.clear();
    held.close();
  }
}

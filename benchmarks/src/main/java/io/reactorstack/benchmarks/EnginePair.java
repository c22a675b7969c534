package io.reactorstack.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.tcp.engine.Quirks;
import io.reactorstack.tcp.engine.Setup;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;

/** Two TCP engines that exchange their segments without a network; the time passes as the caller says. */
final class EnginePair {

  private static final int MTU = 1500;

  /** The time between two steps, in nanoseconds: that of a round trip on a fast link. */
  private static final long STEP = 20_000;

  private static final FourTuple FLOW = new FourTuple(Ipv4Address.parse("10.9.0.1"), 40_000,
      Ipv4Address.parse("10.9.0.2"), 80);

  final TcpEngine client;
  final TcpEngine server;
  private long now = 1;

  /** Opens the connection. */
  EnginePair() {
    HostMemory memory = HostMemory.unlimited(ByteBufAllocator.DEFAULT);
    client = TcpEngine.connect(new Setup(TcpSettings.DEFAULTS, Quirks.NONE, FLOW, 1000, 1, MTU, memory), now);
    server = TcpEngine.accept(
        new Setup(TcpSettings.DEFAULTS, Quirks.NONE, FLOW.reversed(), 2000, 2, MTU, memory),
        received(client.poll(now)), now);
    client.noDelay(true, now);
    server.noDelay(true, now);
    exchange();
    if (client.state() != TcpState.ESTABLISHED || server.state() != TcpState.ESTABLISHED) {
      throw new IllegalStateException(client.state() + " and " + server.state());
    }
  }

  long now() {
    return now;
  }

  /** Lets time pass, and calls the engines whose deadline has come. */
  void pass() {
    now += STEP;
    if (client.nextDeadline() <= now) {
      client.onTimeout(now);
    }
    if (server.nextDeadline() <= now) {
      server.onTimeout(now);
    }
  }

  /** Delivers segments in both directions until there are no more. */
  void exchange() {
    while (deliver(client, server) + deliver(server, client) > 0) {
      pass();
    }
  }

  /** Delivers the segments that {@code from} has to send; returns their number. */
  int deliver(TcpEngine from, TcpEngine to) {
    int count = 0;
    for (TcpSegment segment = from.poll(now); segment != null; segment = from.poll(now)) {
      to.onSegment(received(segment), now);
      count++;
    }
    return count;
  }

  /** Returns a sent segment as its receiver sees it. */
  static TcpSegment received(TcpSegment sent) {
    return new TcpSegment(sent.flow().reversed(), sent.seq(), sent.ack(), sent.flags(), sent.window(),
        sent.urgentPointer(), sent.options(), sent.ecn(), sent.payload(), sent.facts());
  }

  /** Reads everything that {@code engine} has received; returns the number of bytes. */
  int read(TcpEngine engine) {
    int bytes = 0;
    for (ByteBuf data = engine.read(Integer.MAX_VALUE, now); data != null; data = engine.read(Integer.MAX_VALUE, now)) {
      bytes += data.readableBytes();
      data.release();
    }
    return bytes;
  }
}

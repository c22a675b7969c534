package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;

/** Opens engines for tests, without quirks and without a memory limit. */
final class Engines {

  private Engines() {}

  /** Opens a connection actively. */
  static TcpEngine connect(
      TcpSettings settings,
      FourTuple flow,
      int iss,
      int timestampOffset,
      int mtu,
      ByteBufAllocator allocator,
      long now) {
    HostMemory memory = HostMemory.unlimited(allocator);
    return TcpEngine.connect(new Setup(settings, Quirks.NONE, flow, iss, timestampOffset, mtu, memory), now);
  }

  /** Opens a connection passively from {@code syn}. */
  static TcpEngine accept(
      TcpSettings settings,
      TcpSegment syn,
      int iss,
      int timestampOffset,
      int mtu,
      ByteBufAllocator allocator,
      long now) {
    HostMemory memory = HostMemory.unlimited(allocator);
    return TcpEngine.accept(
        new Setup(settings, Quirks.NONE, syn.flow(), iss, timestampOffset, mtu, memory), syn, now);
  }
}

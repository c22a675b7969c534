package io.reactorstack.agent;

import io.netty.buffer.ByteBuf;
import io.reactorstack.NetworkStack;
import io.reactorstack.host.StackShard;
import io.reactorstack.layer.StageDrop;
import io.reactorstack.layer.Timers;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.UnprobedStack;
import java.util.Random;

/** The stack of one session, with its clock and its link. */
final class TestedStack {

  /** Any seed works, but it must be the same in each run. */
  private static final long SEED = 20;

  private final VirtualTime time = new VirtualTime();
  private final Buffers buffers = new Buffers();
  private final PacketLink link;
  private final NetworkStack stack;

  TestedStack(Flags flags, TcpSettings settings) {
    link = new PacketLink(time, flags.mtu(), buffers.allocator());
    stack = UnprobedStack.create()
        .name("tested")
        .runOn(time)
        .random(new Random(SEED))
        .allocator(buffers.allocator())
        .tcp(defaults -> settings)
        .device("net0", loop -> link, flags.local())
        .route(flags.isV4() ? "0.0.0.0/0" : "::/0", flags.gateway())
        .startNow();
    time.settle();
  }

  VirtualTime time() {
    return time;
  }

  PacketLink link() {
    return link;
  }

  StackShard shard() {
    return Inside.shard(stack);
  }

  /** Returns a buffer with these bytes. */
  ByteBuf buffer(byte[] bytes) {
    return buffers.allocator().directBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
  }

  /** Stops the stack and reports anything it has left behind. */
  void stop(Trouble trouble) {
    time.settle();
    stack.dispose();
    time.settle();
    if (shard().turn().nextDeadline() != Timers.NEVER) {
      trouble.add("after the stop a timer is still set for " + shard().turn().nextDeadline() + " ns");
    }
    if (shard().tcp().connections() > 0) {
      trouble.add(shard().tcp().connections() + " connections outlived the stack");
    }
    if (shard().drops().get(StageDrop.STAGE_FAULT) > 0) {
      trouble.add(shard().drops().get(StageDrop.STAGE_FAULT) + " units ended in an exception");
    }
    if (buffers.unreleasedBytes() > 0) {
      trouble.add(buffers.unreleasedBytes() + " bytes of buffers were not released");
    }
  }
}

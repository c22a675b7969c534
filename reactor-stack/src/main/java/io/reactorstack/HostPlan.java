package io.reactorstack;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.internal.PlatformDependent;
import io.reactorstack.host.HostLoops;
import io.reactorstack.layer.LoopGroup;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PacketAllocator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The part of a {@link StackConfiguration} about the host itself: its name, event loop, randomness, resolver and memory.
 * Immutable.
 *
 * @param name the name in logs and thread names
 * @param loop the event loop; {@code null} for one of the host's own
 * @param random the random source; {@code null} for a secure one
 * @param resolver makes the resolver of names; {@code null} for none
 * @param allocator the source of buffers
 * @param memoryLimit the limit of the memory held, in octets
 */
record HostPlan(
    String name,
    @Nullable IoEventLoop loop,
    @Nullable RandomGenerator random,
    @Nullable Function<? super NetworkStack, ? extends NameResolver> resolver,
    ByteBufAllocator allocator,
    long memoryLimit) {

  static HostPlan initial() {
    return new HostPlan("host", null, null, null, PacketAllocator.DEFAULT,
        Math.max(HostMemory.MIN_LIMIT, PlatformDependent.maxDirectMemory() / 4));
  }

  HostPlan withName(String changed) {
    return new HostPlan(changed, loop, random, resolver, allocator, memoryLimit);
  }

  HostPlan withLoop(IoEventLoop changed) {
    return new HostPlan(name, changed, random, resolver, allocator, memoryLimit);
  }

  HostPlan withRandom(RandomGenerator changed) {
    return new HostPlan(name, loop, changed, resolver, allocator, memoryLimit);
  }

  HostPlan withResolver(Function<? super NetworkStack, ? extends NameResolver> changed) {
    return new HostPlan(name, loop, random, changed, allocator, memoryLimit);
  }

  HostPlan withAllocator(ByteBufAllocator changed) {
    return new HostPlan(name, loop, random, resolver, changed, memoryLimit);
  }

  HostPlan withMemoryLimit(long changed) {
    return new HostPlan(name, loop, random, resolver, allocator, changed);
  }

  /** Returns the given loop, or loops of the host's own that serve {@code devices}. */
  HostLoops loops(List<Assembly.Attached> devices) {
    if (loop != null) {
      return HostLoops.given(loop);
    }
    return HostLoops.own(devices.isEmpty()
        ? new LoopGroup(1, name, LocalIoHandler.newFactory())
        : devices.getFirst().device().newLoopGroup(name));
  }

  /**
   * Returns the random source. The default is made here, on the thread that starts the host, and not on the loop: it is
   * seeded once and then never blocks, while the platform's default reads a file for every number.
   */
  RandomGenerator newRandom() {
    if (random != null) {
      return random;
    }
    try {
      SecureRandom generator = SecureRandom.getInstance("DRBG");
      generator.nextLong();
      return generator;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has a DRBG", e);
    }
  }
}

package io.reactorstack.benchmarks.suite.group;

import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Contestant.Role;
import io.reactorstack.benchmarks.suite.Group;
import io.reactorstack.benchmarks.suite.floor.MemoryFloor;
import io.reactorstack.benchmarks.suite.load.Cables;
import io.reactorstack.benchmarks.suite.load.ChannelConnect;
import io.reactorstack.benchmarks.suite.load.ChannelRoundTrip;
import io.reactorstack.benchmarks.suite.load.ChannelTransport;
import io.reactorstack.benchmarks.suite.load.Counting;
import io.reactorstack.benchmarks.suite.load.KernelLoops;
import io.reactorstack.benchmarks.suite.load.Load;
import io.reactorstack.benchmarks.suite.load.NativeConnect;
import io.reactorstack.benchmarks.suite.load.NativeRoundTrip;
import io.reactorstack.benchmarks.suite.load.NativeStream;
import io.reactorstack.benchmarks.suite.load.ReactorServers;
import io.reactorstack.benchmarks.suite.load.ReactorStream;
import io.reactorstack.benchmarks.suite.load.StackPair;
import io.reactorstack.benchmarks.suite.load.Work;
import io.reactorstack.device.memory.MemoryCable;
import java.util.List;
import java.util.function.Function;
import reactor.netty.resources.LoopResources;

/** The groups in memory: two stacks on one loop, beside floors and channels on one thread. */
public final class MemoryGroups {

  private static final String STACK = "stack";
  private static final String STACK_CHANNELS = "stack, Netty channels";
  private static final String LOCAL = "Netty LocalChannel";
  private static final String FLOOR = "floor";
  private static final String LOOPBACK = "127.0.0.1";
  private static final String ROUND_TRIPS = "round trips";
  private static final String CONNECTIONS = "connections";

  /** The groups. */
  public static final List<Group> ALL = List.of(
      WindowedGroup.anywhere("memory-cut",
          "One stream in memory, cut into packets of MTU 1500 with checksums; the floor does no more.",
          plan -> stream(Cables.cut()),
          plan -> Counting.bytes(FLOOR, Role.FLOOR, MemoryFloor.stream(), () -> {})),
      WindowedGroup.anywhere("memory-whole",
          "One stream in memory, as it was sent; beside Reactor Netty on the kernel's loopback.",
          plan -> stream(Cables.whole()),
          plan -> loopback("one loop", 1),
          plan -> loopback("two loops", 2)),
      WindowedGroup.anywhere("memory-round-trip",
          "Round trips of one byte in memory, MTU 1500 with checksums.",
          plan -> stack(STACK, pair -> new NativeRoundTrip(pair.tcp(), StackPair.at(Work.ECHO)), ROUND_TRIPS),
          plan -> stack(STACK_CHANNELS, pair -> new ChannelRoundTrip(channels(pair)), ROUND_TRIPS),
          plan -> Counting.events(FLOOR, Role.FLOOR, MemoryFloor.roundTrip(), ROUND_TRIPS, () -> {}),
          plan -> Counting.events(LOCAL, Role.PEER, new ChannelRoundTrip(ChannelTransport.local()), ROUND_TRIPS,
              () -> {})),
      WindowedGroup.anywhere("memory-connect",
          "Connections in memory, one after the other, each with a request and a response.",
          plan -> stack(STACK, pair -> new NativeConnect(pair.tcp(), StackPair.SERVER), CONNECTIONS),
          plan -> stack(STACK_CHANNELS, pair -> new ChannelConnect(channels(pair)), CONNECTIONS),
          plan -> Counting.events(LOCAL, Role.PEER, new ChannelConnect(ChannelTransport.local()), CONNECTIONS,
              () -> {})));

  private MemoryGroups() {}

  private static Contestant stream(MemoryCable cable) {
    StackPair pair = new StackPair(cable, 1);
    return Counting.bytes(STACK, Role.SUBJECT, NativeStream.from(pair.tcp(), StackPair.at(Work.SOURCE)), pair::close);
  }

  private static Contestant stack(String name, Function<StackPair, Load> load, String events) {
    StackPair pair = new StackPair(Cables.cut(), 1);
    return Counting.events(name, Role.SUBJECT, load.apply(pair), events, pair::close);
  }

  private static ChannelTransport channels(StackPair pair) {
    return ChannelTransport.of(pair.client(), pair.server(), StackPair.SERVER);
  }

  private static Contestant loopback(String name, int threads) {
    LoopResources serverLoops = KernelLoops.create();
    LoopResources clientLoops = threads == 1 ? serverLoops : KernelLoops.create();
    ReactorServers servers = new ReactorServers(serverLoops, LOOPBACK, Work.LOOPBACK * threads);
    return Counting.bytes("Reactor Netty, " + KernelLoops.transport() + ", " + name, Role.PEER,
        ReactorStream.from(clientLoops, LOOPBACK, Work.SOURCE + Work.LOOPBACK * threads), () -> {
          servers.close();
          KernelLoops.end(serverLoops);
          KernelLoops.end(clientLoops);
        });
  }
}

package io.reactorstack.benchmarks.suite.group;

import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Contestant.Role;
import io.reactorstack.benchmarks.suite.Group;
import io.reactorstack.benchmarks.suite.Need;
import io.reactorstack.benchmarks.suite.floor.TapFloor;
import io.reactorstack.benchmarks.suite.floor.TapFloorServer;
import io.reactorstack.benchmarks.suite.floor.TapLink;
import io.reactorstack.benchmarks.suite.group.WindowedGroup.Maker;
import io.reactorstack.benchmarks.suite.load.Counting;
import io.reactorstack.benchmarks.suite.load.KernelHost;
import io.reactorstack.benchmarks.suite.load.KernelLoops;
import io.reactorstack.benchmarks.suite.load.Load;
import io.reactorstack.benchmarks.suite.load.NativeServers;
import io.reactorstack.benchmarks.suite.load.NativeStream;
import io.reactorstack.benchmarks.suite.load.PeerClients;
import io.reactorstack.benchmarks.suite.load.ReactorServers;
import io.reactorstack.benchmarks.suite.load.ReactorStream;
import io.reactorstack.benchmarks.suite.load.TapStack;
import io.reactorstack.benchmarks.suite.load.Work;
import io.reactorstack.benchmarks.suite.load.Wrk;
import io.reactorstack.netty.StackLoopResources;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import reactor.netty.resources.LoopResources;

/**
 * The groups whose peer is the kernel, in a network namespace and a process of its own. The measured loop or thread runs on
 * processor 0 and the peer on processor 1, except for the round trips: they share processor 0, because a wake-up of
 * another processor would take longer than everything else.
 */
public final class TapGroups {

  private static final String STACK = "stack";
  private static final String STACK_REACTOR = "stack, Reactor Netty";
  private static final String FLOOR = "floor";
  private static final int PEER_PROCESSOR = 1;
  private static final int CLIENTS = 16;

  /** A stack that acknowledges once for each batch has fewer acknowledgements than one for two packets. */
  private static final int MANY = 16;

  private static final Set<Need> TWO = EnumSet.of(Need.NETWORK_NAMESPACES, Need.TASKSET, Need.TWO_PROCESSORS);
  private static final Set<Need> ONE = EnumSet.of(Need.NETWORK_NAMESPACES, Need.TASKSET);
  private static final Set<Need> HTTP = EnumSet.of(Need.NETWORK_NAMESPACES, Need.TASKSET, Need.TWO_PROCESSORS,
      Need.WRK);

  /** The groups. */
  public static final List<Group> ALL = List.of(
      group("tap-receive", "One stream from the kernel, over a TAP interface of MTU 1500 without offload.", TWO,
          plan -> stackStream(TapStack.start(PEER_PROCESSOR, false), true),
          plan -> floorReceiving("floor, an ACK for 2 packets", false, 2),
          plan -> floorReceiving("floor, an ACK for 16 packets", false, MANY)),
      group("tap-send", "One stream to the kernel, over a TAP interface of MTU 1500 without offload.", TWO,
          plan -> stackStream(TapStack.start(PEER_PROCESSOR, false), false),
          plan -> floorSending(false)),
      group("tap-offload-receive", "One stream from the kernel, with the offloads of TAP and veth.", TWO,
          plan -> stackStream(TapStack.start(PEER_PROCESSOR, true), true),
          plan -> floorReceiving(FLOOR, true, 2),
          plan -> kernelStream(true)),
      group("tap-offload-send", "One stream to the kernel, with the offloads of TAP and veth.", TWO,
          plan -> stackStream(TapStack.start(PEER_PROCESSOR, true), false),
          plan -> floorSending(true),
          plan -> kernelStream(false)),
      group("tap-connect", "Connections of 16 clients on the kernel, each with a request and a response.", TWO,
          plan -> nativeServer(TapStack.start(PEER_PROCESSOR)),
          plan -> reactorServer(TapStack.start(PEER_PROCESSOR)),
          plan -> floorServer(),
          plan -> kernelServer()),
      new WindowedGroup("tap-round-trip", "Round trips of one byte of a client on the kernel, all on one processor.",
          ONE, List.of("taskset", "-c", "0"), List.of(), List.of(
              plan -> nativeEcho(TapStack.start(0)),
              plan -> reactorEcho(TapStack.start(0)),
              plan -> kernelEcho())),
      group("http", "HTTP/1.1 requests of wrk on the kernel, over 32 and 256 connections.", HTTP,
          plan -> stackHttp(TapStack.start(PEER_PROCESSOR)),
          plan -> kernelHttp()));

  /** Reactor Netty on the kernel's TCP, on processor 0, with a host behind a veth pair. */
  private record Kernel(LoopResources loops, KernelHost host) {

    static Kernel start(int processor) throws IOException {
      LoopResources loops = KernelLoops.create();
      KernelLoops.pin(loops.onServer(true));
      return new Kernel(loops, new KernelHost(processor).connectVeth());
    }

    static String name() {
      return "Reactor Netty, veth, " + KernelLoops.transport();
    }

    void end() {
      KernelLoops.end(loops);
      host.close();
    }
  }

  private TapGroups() {}

  private static Group group(String name, String description, Set<Need> needs, Maker... contestants) {
    return new WindowedGroup(name, description, needs, List.of(), List.of(), List.of(contestants));
  }

  private static Contestant stackStream(TapStack tap, boolean receives) {
    Load load = receives
        ? NativeStream.from(tap.stack().tcp(), tap.host().at(Work.SOURCE))
        : NativeStream.to(tap.stack().tcp(), tap.host().at(Work.SINK));
    return Counting.bytes(STACK, Role.SUBJECT, load, tap::close);
  }

  private static Contestant floorReceiving(String name, boolean offload, int acknowledgeEvery) throws IOException {
    KernelHost host = new KernelHost(PEER_PROCESSOR);
    TapLink link = link(host, offload);
    host.adoptTap();
    return Counting.bytes(name, Role.FLOOR, TapFloor.receiving(link, Work.SOURCE, acknowledgeEvery),
        () -> close(link, host));
  }

  private static Contestant floorSending(boolean offload) throws IOException {
    KernelHost host = new KernelHost(PEER_PROCESSOR);
    TapLink link = link(host, offload);
    host.adoptTap();
    return Counting.bytes(FLOOR, Role.FLOOR, TapFloor.sending(link, Work.SINK), () -> close(link, host));
  }

  private static TapLink link(KernelHost host, boolean offload) {
    return new TapLink(host.link(), offload, KernelHost.number(host.near()), KernelHost.number(host.far()));
  }

  private static void close(TapLink link, KernelHost host) {
    link.close();
    host.close();
  }

  private static Contestant kernelStream(boolean receives) throws IOException {
    Kernel kernel = Kernel.start(PEER_PROCESSOR);
    Load load = receives
        ? ReactorStream.from(kernel.loops, kernel.host.far(), Work.SOURCE)
        : ReactorStream.to(kernel.loops, kernel.host.far(), Work.SINK);
    return Counting.bytes(Kernel.name(), Role.PEER, load, kernel::end);
  }

  private static Contestant nativeServer(TapStack tap) {
    NativeServers.start(tap.stack(), tap.host().near());
    return PeerClients.connections(STACK, Role.SUBJECT, tap.host(), CLIENTS, tap::close);
  }

  private static Contestant reactorServer(TapStack tap) {
    ReactorServers servers = new ReactorServers(StackLoopResources.of(tap.stack()), tap.host().near(), 0);
    return PeerClients.connections(STACK_REACTOR, Role.SUBJECT, tap.host(), CLIENTS, () -> close(servers, tap));
  }

  private static Contestant floorServer() throws IOException {
    KernelHost host = new KernelHost(PEER_PROCESSOR);
    TapLink link = link(host, false);
    host.adoptTap();
    TapFloorServer server = new TapFloorServer(link, Work.RESPONSE_BYTES);
    server.start();
    return PeerClients.connections(FLOOR, Role.FLOOR, host, CLIENTS, () -> {
      server.stop();
      close(link, host);
    });
  }

  private static Contestant kernelServer() throws IOException {
    Kernel kernel = Kernel.start(PEER_PROCESSOR);
    ReactorServers servers = new ReactorServers(kernel.loops, kernel.host.near(), 0);
    return PeerClients.connections(Kernel.name(), Role.PEER, kernel.host, CLIENTS, () -> close(servers, kernel));
  }

  private static Contestant nativeEcho(TapStack tap) {
    NativeServers.start(tap.stack(), tap.host().near());
    return PeerClients.roundTrips(STACK, Role.SUBJECT, tap.host(), Work.ECHO, tap::close);
  }

  private static Contestant reactorEcho(TapStack tap) {
    ReactorServers servers = new ReactorServers(StackLoopResources.of(tap.stack()), tap.host().near(), 0);
    return PeerClients.roundTrips(STACK_REACTOR, Role.SUBJECT, tap.host(), Work.ECHO, () -> close(servers, tap));
  }

  private static Contestant kernelEcho() throws IOException {
    Kernel kernel = Kernel.start(0);
    ReactorServers servers = new ReactorServers(kernel.loops, kernel.host.near(), 0);
    return PeerClients.roundTrips(Kernel.name(), Role.PEER, kernel.host, Work.ECHO, () -> close(servers, kernel));
  }

  private static Contestant stackHttp(TapStack tap) {
    ReactorServers servers = new ReactorServers(StackLoopResources.of(tap.stack()), tap.host().near(), 0);
    return new Wrk(STACK_REACTOR, Role.SUBJECT, tap.host(), () -> close(servers, tap));
  }

  private static Contestant kernelHttp() throws IOException {
    Kernel kernel = Kernel.start(PEER_PROCESSOR);
    ReactorServers servers = new ReactorServers(kernel.loops, kernel.host.near(), 0);
    return new Wrk(Kernel.name(), Role.PEER, kernel.host, () -> close(servers, kernel));
  }

  private static void close(ReactorServers servers, TapStack tap) {
    servers.close();
    tap.close();
  }

  private static void close(ReactorServers servers, Kernel kernel) {
    servers.close();
    kernel.end();
  }
}

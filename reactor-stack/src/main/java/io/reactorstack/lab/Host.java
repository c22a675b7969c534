package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.host.Hosts;
import io.reactorstack.lab.report.HostLook;
import io.reactorstack.lab.report.KeptFrames;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.ArpPacket;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A host of a lab: a whole {@link NetworkStack} at the end of one wire, or of several, and the software that
 * {@link HostBuilder#runs} gives to it.
 *
 * <p>Tasks, timers and threads belong to the host whose code has made them. A crash drops them all without telling them: no
 * {@code finally} runs, no FIN and no RST leaves. Kept are {@link #disk()}, what is static, and what the test has made outside
 * {@code runs}. The methods may be called from the test's thread and from inside the world.
 */
public final class Host {

  /** An address and the end of a wire. */
  record Interface(IpPrefix prefix, Plug plug) {}

  private final Lab lab;
  private final String name;
  private final List<Interface> interfaces;
  private final Machine machine;
  private final Disk disk;

  /** @param interfaces at least one */
  Host(Lab lab, String name, List<Interface> interfaces, Machine machine) {
    this.lab = lab;
    this.name = name;
    this.interfaces = List.copyOf(interfaces);
    this.machine = machine;
    this.disk = new Disk(name);
  }

  /** The host's name, unique in its lab. */
  public String name() {
    return name;
  }

  /** The host's address; that of its first interface if it has several. */
  public IpAddress address() {
    return interfaces.getFirst().prefix.address();
  }

  /** The addresses of the host's interfaces, in their order, as they were given to it. */
  public List<IpAddress> addresses() {
    return interfaces.stream().map(each -> each.prefix.address()).toList();
  }

  /** The host's link address; that of its first interface if it has several. */
  public MacAddress macAddress() {
    return interfaces.getFirst().plug.macAddress();
  }

  /**
   * The host's TCP/IP: sockets, pings, counters. Each start makes a new one.
   *
   * @throws IllegalStateException if the host has crashed and was not started again
   */
  public NetworkStack stack() {
    return machine.stack();
  }

  /** Number of the host's TCP connections, from SYN-SENT and SYN-RECEIVED on; those in TIME-WAIT do not count. */
  public int openConnections() {
    return state() == HostState.RUNNING || state() == HostState.PAUSED
        ? lab.call(() -> (int) Hosts.of(stack()).shards().stream()
            .flatMap(shard -> shard.tcp().sockets().stream())
            .filter(socket -> socket.state() != TcpState.TIME_WAIT).count())
        : 0;
  }

  /** Whether the host runs. */
  public HostState state() {
    return machine.state();
  }

  /** The host's clock, which may be set wrong. */
  public HostClock clock() {
    return machine.clock();
  }

  /**
   * The host's directory for files, which a crash leaves as it is. It is made at the first call, and deleted when the lab closes.
   * The world stands still while a file is read or written.
   *
   * @throws java.io.UncheckedIOException if it cannot be made
   */
  public Path disk() {
    return disk.directory();
  }

  void deleteDisk() {
    disk.close();
  }

  /**
   * Cuts the host's power: from this moment on it is silent, and its tasks, timers, threads and connections are gone. Frames that it
   * has sent already go on. Code of the test that uses the sockets of a host without software is told that its TCP/IP has stopped.
   * No effect on a host that does not run.
   *
   * <p>A monitor that a thread of the host holds stays locked; that matters if its object outlives the host, such as a class.
   * In real time the threads of its software go on, without a network.
   */
  public void crash() {
    lab.run(() -> machine.crash(interfaces));
  }

  /**
   * Starts a host that has crashed or stopped again: a new TCP/IP with the same addresses, which it announces to its links, and its
   * software from the beginning. One that runs crashes before.
   *
   * @throws IllegalStateException if it is still stopping, or another host has taken its place
   * @throws IllegalArgumentException if another host has taken an address
   */
  public void restart() {
    lab.run(() -> {
      machine.crash(interfaces);
      lab.inventory().checkStarts(this);
      machine.start(true);
      machine.runSoftware(this);
    });
  }

  /**
   * Lets the host stand still, as a long collection of garbage does: its tasks, timers and threads wait, and of the frames that arrive
   * its receive rings keep 256 each. No effect on a host that does not run.
   */
  public void pause() {
    lab.run(machine::pause);
  }

  /** Lets a host go on that was paused; what has become due meanwhile happens now, in its order. */
  public void resume() {
    lab.run(machine::resume);
  }

  /**
   * Stops the host in an orderly way: its connections are closed or reset as {@link NetworkStack#stop} does, then its software is
   * gone. Completes at once if it does not run.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread; completes on the lab's. <b>Cancellation:</b> does not take it back.
   */
  public Mono<Void> stop() {
    return machine.stop();
  }

  /**
   * The end of what the host's programs do: completes when each of those that this start has begun has returned from
   * {@link HostSoftware#start}; at once if it has none. After a crash it never comes. A program that fails lets the world fail.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> may be subscribed to on any thread; completes on the lab's. <b>Cancellation:</b> has no effect on them.
   */
  public Mono<Void> finished() {
    return machine.finished();
  }

  /**
   * The wire that connects the host, the first one of several; the host is at its left end unless it was connected to a
   * plug.
   */
  public Wire wire() {
    return interfaces.getFirst().plug.wire();
  }

  /** The wires that connect the host, in the order of its interfaces. */
  public List<Wire> wires() {
    return interfaces.stream().map(each -> each.plug.wire()).toList();
  }

  /** Shows what the host sends and receives, on all of its interfaces, to {@code observer}, from now on. */
  public Host observe(FrameObserver observer) {
    interfaces.forEach(each -> each.plug.observe(observer));
    return this;
  }

  /**
   * Adds what the host sends and receives to {@code capture}, from now on: as an interface with the host's name, or, if it
   * has several, as interfaces with the names of its wires. A capture that shows dates shows those of the world.
   */
  public Host capture(Capture capture) {
    Checks.given("capture", capture);
    for (Interface each : interfaces) {
      each.plug.observe(
          capture.observer(captureName(each), each.plug.capabilities(), lab.neutralLoop().ticker(), lab.clock()));
    }
    return this;
  }

  /** On the loop: lets {@code kept} keep what the host sends and receives, each interface as {@link #capture} names it. */
  void keepFrames(KeptFrames kept) {
    for (Interface each : interfaces) {
      Direction key = each.plug.inbound();
      if (kept.isOn() && kept.add(key, new KeptFrames.Place(captureName(each), each.plug.capabilities()))) {
        each.plug.observe(kept.observer(key));
      }
    }
  }

  private String captureName(Interface each) {
    return interfaces.size() == 1 ? name : each.plug.wire().name();
  }

  /** On the loop: the host's addresses and its state, for a report. */
  private String describe() {
    boolean stopping = machine.state() == HostState.STOPPED && !isGone();
    String state = stopping ? "stopping" : machine.state().name().toLowerCase(Locale.ROOT);
    return String.join(" ", interfaces.stream().map(each -> each.prefix.toString()).toList()) + "  " + state;
  }

  /** On the loop: the host as it stands, for a report. */
  HostLook look() {
    NetworkStack there = machine.stackIfAny();
    return there == null ? HostLook.silent(name, describe()) : HostLook.of(there, describe());
  }

  /** On the loop: whether the host has stopped and left its wires. */
  boolean isGone() {
    return machine.isGone() && interfaces.stream().noneMatch(each -> each.plug.isTaken());
  }

  /** On the loop: whether the host has {@code address} on a wire of {@code link} that is not pulled out. */
  boolean has(IpAddress address, Set<Wire> link) {
    return interfaces.stream().anyMatch(each -> each.prefix.address().equals(address)
        && link.contains(each.plug.wire()) && !each.plug.wire().isPulledOut());
  }

  /** Whether the frame was sent by this host, be it that a router has passed it on. */
  boolean isSourceOf(FrameView frame) {
    ArpPacket arp = frame.arp();
    IpAddress source = arp == null ? frame.source() : arp.sender();
    return interfaces.stream().anyMatch(
        each -> each.plug.macAddress().equals(frame.sourceMac()) || each.prefix.address().equals(source));
  }

  /** On the loop: sets what decides which frames reach the host. */
  void gate(FarEnd.@Nullable Gate gate) {
    interfaces.forEach(each -> each.plug.inbound().end().gate(gate));
  }

  @Override
  public String toString() {
    return name + " " + String.join(" ", interfaces.stream().map(each -> each.prefix.toString()).toList());
  }
}

package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.host.Hosts;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.lab.report.HostReport;
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
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A host of a lab: a complete {@link NetworkStack} with one or more wires, and the programs that
 * {@link HostBuilder#runs} adds.
 *
 * <p>Tasks, timers and threads belong to the host whose code created them. A crash drops them all without notice: no
 * {@code finally} block runs, and neither FIN nor RST is sent. Only {@link #disk()}, static state, and objects that the
 * test created outside {@code runs} survive. The methods may be called from the test's thread and from inside the
 * world.
 */
public final class Host implements Tabled {

  /**
   * An interface.
   *
   * @param name its name in the host's stack
   * @param prefix its address with the prefix length; {@code null} if it gets one by itself
   * @param plug the end of its wire
   */
  record Interface(String name, @Nullable IpPrefix prefix, Plug plug) {}

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

  /**
   * The host's address; with several interfaces, that of the first.
   *
   * @throws IllegalStateException if the interface has not got an address by DHCP
   */
  public IpAddress address() {
    return prefix().address();
  }

  /** The address of the first interface with the prefix length of its network. */
  IpPrefix prefix() {
    Interface of = interfaces.getFirst();
    IpPrefix first = of.prefix != null ? of.prefix : lab.call(() -> prefix(of));
    if (first == null) {
      throw new IllegalStateException("the host " + name + " has not got an address by DHCP");
    }
    return first;
  }

  /**
   * The addresses of the host's interfaces, in the order in which they were configured; without those of interfaces that
   * have not got one by DHCP.
   */
  public List<IpAddress> addresses() {
    return interfaces.stream().anyMatch(each -> each.prefix == null)
        ? lab.call(this::presentAddresses)
        : presentAddresses();
  }

  /** As {@link #addresses}. On the loop, or a thread that the loop carries. */
  List<IpAddress> presentAddresses() {
    return interfaces.stream().flatMap(each -> Stream.ofNullable(prefix(each))).map(IpPrefix::address).toList();
  }

  /** The host's stack, even if it has stopped; {@code null} after a crash. On any thread. */
  @Nullable
  NetworkStack stackIfAny() {
    return machine.stackIfAny();
  }

  /** Returns the configured address of an interface, or its address from DHCP; {@code null} if it has none. */
  private @Nullable IpPrefix prefix(Interface of) {
    NetworkStack there = of.prefix == null ? machine.stackIfAny() : null;
    NetworkInterface found = there == null ? null : Hosts.of(there).owner().ip().named(of.name);
    return found == null
        ? of.prefix
        : found.addresses().stream().filter(InterfaceAddress::isAssigned).map(InterfaceAddress::prefix)
            .filter(own -> own.address().isV4()).findFirst().orElse(null);
  }

  private String texts() {
    return String.join(" ", interfaces.stream().map(each -> {
      IpPrefix own = prefix(each);
      return own == null ? "DHCP" : own.toString();
    }).toList());
  }

  /**
   * Checks that no other host has a configured address of this one on the same link.
   *
   * @throws IllegalArgumentException if another host has it
   */
  void checkUnused(Inventory inventory) {
    for (Interface each : interfaces) {
      if (each.prefix != null) {
        inventory.checkUnused(each.prefix.address(), each.plug.wire(), name);
      }
    }
  }

  /** The host's link address; with several interfaces, that of the first. */
  public MacAddress macAddress() {
    return interfaces.getFirst().plug.macAddress();
  }

  /**
   * The host's TCP/IP stack: sockets, pings, counters. Each start creates a new one.
   *
   * @throws IllegalStateException if the host has crashed and was not started again
   */
  public NetworkStack stack() {
    return machine.stack();
  }

  /** Number of the host's TCP connections, including SYN-SENT and SYN-RECEIVED but not TIME-WAIT. */
  public int openConnections() {
    return state() == HostState.RUNNING || state() == HostState.PAUSED
        ? lab.call(() -> (int) Hosts.of(stack()).shards().stream()
            .flatMap(shard -> shard.tcp().sockets().stream())
            .filter(socket -> socket.state() != TcpState.TIME_WAIT).count())
        : 0;
  }

  /** The state of the host: running, paused, crashed or stopped. */
  public HostState state() {
    return machine.state();
  }

  /** The host's clock, which may deviate from the world's. */
  public HostClock clock() {
    return machine.clock();
  }

  /**
   * The host's directory for files, which a crash does not touch. The first call creates it; closing the lab deletes
   * it. The world does not move while code reads or writes a file.
   *
   * @throws java.io.UncheckedIOException if it cannot be created
   */
  public Path disk() {
    return disk.directory();
  }

  void deleteDisk() {
    disk.close();
  }

  /**
   * Cuts the host's power. The host sends nothing more, and its tasks, timers, threads and connections are gone; frames
   * that it has sent before continue. Sockets of a host without programs, which the test uses, fail with the error of a
   * stopped stack. No effect on a host that does not run.
   *
   * <p>A monitor that a thread of the host holds stays locked; this matters if the monitor's object outlives the host,
   * such as a class. In real time the threads of the host's programs continue, without a network.
   */
  public void crash() {
    lab.run(() -> machine.crash(interfaces));
  }

  /**
   * Starts a host again that has crashed or stopped: a new TCP/IP stack with the same addresses, which it announces to
   * its links, and its programs from the beginning. A host that is still running crashes first.
   *
   * @throws IllegalStateException if it is still stopping, or another host has replaced it
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
   * Suspends the host, as a long garbage collection does: its tasks, timers and threads wait, and each of its receive
   * rings keeps the first 256 frames that arrive. No effect on a host that does not run.
   */
  public void pause() {
    lab.run(machine::pause);
  }

  /** Resumes a paused host; everything that has become due meanwhile happens immediately, in order. */
  public void resume() {
    lab.run(machine::resume);
  }

  /**
   * Stops the host in an orderly way: closes or resets its connections as {@link NetworkStack#stop} does, then drops
   * its programs. Completes immediately if the host does not run.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the lab's. <b>Cancellation:</b> does not undo the stop.
   */
  public Mono<Void> stop() {
    return machine.stop();
  }

  /**
   * Completes when every program of the current start has returned from {@link HostSoftware#start}; immediately if
   * there are no programs. After a crash it never completes. A program that fails makes the world fail.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the lab's. <b>Cancellation:</b> has no effect on the programs.
   */
  public Mono<Void> finished() {
    return machine.finished();
  }

  /** The wire of the host's first interface; the host is at its left end unless it was connected to a plug. */
  public Wire wire() {
    return interfaces.getFirst().plug.wire();
  }

  /** The wires that connect the host, in the order of its interfaces. */
  public List<Wire> wires() {
    return interfaces.stream().map(each -> each.plug.wire()).toList();
  }

  /** Shows all further frames that the host sends and receives, on any interface, to {@code observer}. */
  public Host observe(FrameObserver observer) {
    interfaces.forEach(each -> each.plug.observe(observer));
    return this;
  }

  /**
   * Adds the frames that the host sends and receives from now on to {@code capture}: as one interface with the host's
   * name, or with several interfaces as one each, named like its wires. A capture that shows dates uses the world's
   * date.
   */
  public Host capture(Capture capture) {
    Checks.given("capture", capture);
    for (Interface each : interfaces) {
      each.plug.observe(
          capture.observer(captureName(each), each.plug.capabilities(), lab.neutralLoop().ticker(), lab.clock()));
    }
    return this;
  }

  /**
   * Lets {@code kept} record the frames that the host sends and receives; each interface has its {@link #capture} name.
   * On the loop.
   */
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

  /** Returns the host's addresses and its state, for a report. On the loop. */
  private String describe() {
    return texts() + "  " + stateText();
  }

  private String stateText() {
    boolean stopping = machine.state() == HostState.STOPPED && !isGone();
    return stopping ? "stopping" : machine.state().name().toLowerCase(Locale.ROOT);
  }

  /** Returns a snapshot of the host for a report. On the loop. */
  HostReport look() {
    NetworkStack there = machine.stackIfAny();
    return there == null ? HostReport.silent(name, describe()) : HostReport.of(there, describe());
  }

  /**
   * The host's interfaces, routes, caches and sockets, the mappings of a NAT router and the leases of a {@link
   * DhcpServer}; none after a crash or stop.
   */
  @Override
  public NodeTables tables() {
    return lab.call(() -> {
      NetworkStack there = machine.stackIfAny();
      return new NodeTables(machine.kind(), name, stateText(), there == null || there.isDisposed()
          ? List.of()
          : Stream.concat(HostTables.of(there).stream(), machine.tables().stream()).toList());
    });
  }

  /** Makes the world fail because a program of the host has failed after its start. */
  void fail(Throwable cause) {
    machine.fail(cause);
  }

  /** Adds a table of a program to the host's tables until the host crashes or stops. On the loop. */
  void show(Supplier<Table<?>> table) {
    machine.show(table);
  }

  /** Returns whether {@code end} of a wire is the host's. */
  boolean has(Plug end) {
    return interfaces.stream().anyMatch(each -> each.plug.isSameEnd(end));
  }

  /** Returns whether the host has stopped and left its wires. On the loop. */
  boolean isGone() {
    return machine.isGone() && interfaces.stream().noneMatch(each -> each.plug.isTaken());
  }

  /**
   * Returns whether the host has {@code address} on one of the wires of {@code link}, not counting unplugged wires. On
   * the loop.
   */
  boolean has(IpAddress address, Set<WireVlan> link) {
    return interfaces.stream().anyMatch(each -> isAt(each, address)
        && link.contains(WireVlan.untagged(each.plug.wire())) && !each.plug.wire().isPulledOut());
  }

  /** Returns whether this host originated the frame, even if a router has forwarded it. */
  boolean isSourceOf(FrameView frame) {
    ArpPacket arp = frame.arp();
    IpAddress source = arp == null ? frame.source() : arp.sender();
    return interfaces.stream().anyMatch(
        each -> each.plug.macAddress().equals(frame.sourceMac()) || isAt(each, source));
  }

  private boolean isAt(Interface each, @Nullable IpAddress address) {
    IpPrefix own = prefix(each);
    return own != null && own.address().equals(address);
  }

  /** Sets the gate that decides which frames reach the host; {@code null} for all. On the loop. */
  void gate(ReceivingEnd.@Nullable Gate gate) {
    interfaces.forEach(each -> each.plug.inbound().end().gate(gate));
  }

  @Override
  public String toString() {
    return name + " " + texts();
  }
}

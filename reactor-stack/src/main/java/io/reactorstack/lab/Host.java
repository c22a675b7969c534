package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.neighbor.ArpPacket;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A host that runs in a lab: a whole {@link NetworkStack} at the end of one wire, or of several. */
public final class Host {

  /** An address and the end of a wire. */
  record Interface(IpPrefix prefix, Plug plug) {}

  private final Lab lab;
  private final String name;
  private final List<Interface> interfaces;
  private final NetworkStack stack;

  /** @param interfaces at least one */
  Host(Lab lab, String name, List<Interface> interfaces, NetworkStack stack) {
    this.lab = lab;
    this.name = name;
    this.interfaces = List.copyOf(interfaces);
    this.stack = stack;
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

  /** The host's TCP/IP: sockets, pings, counters. */
  public NetworkStack stack() {
    return stack;
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
      String shown = interfaces.size() == 1 ? name : each.plug.wire().name();
      each.plug.observe(
          capture.observer(shown, each.plug.capabilities(), stack.loop().ticker(), lab.clock()));
    }
    return this;
  }

  /** On the loop: the host's addresses and its state, for a report. */
  String describe() {
    String state = isGone() ? "stopped" : stack.isDisposed() ? "stopping" : "running";
    return String.join(" ", interfaces.stream().map(each -> each.prefix.toString()).toList()) + "  " + state;
  }

  /** On the loop: whether the host has stopped and left its wires. */
  boolean isGone() {
    return stack.isDisposed() && interfaces.stream().noneMatch(each -> each.plug.isTaken());
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

package io.reactorstack.lab;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;

/** A host that runs in a lab: a whole {@link NetworkStack} at the end of a wire. */
public final class Host {

  private final String name;
  private final IpPrefix prefix;
  private final Plug plug;
  private final NetworkStack stack;

  Host(String name, IpPrefix prefix, Plug plug, NetworkStack stack) {
    this.name = name;
    this.prefix = prefix;
    this.plug = plug;
    this.stack = stack;
  }

  /** The host's name, unique in its lab. */
  public String name() {
    return name;
  }

  /** The host's address. */
  public IpAddress address() {
    return prefix.address();
  }

  /** The host's link address. */
  public MacAddress macAddress() {
    return plug.macAddress();
  }

  /** The host's TCP/IP: sockets, pings, counters. */
  public NetworkStack stack() {
    return stack;
  }

  /** The wire that connects the host; the host is at its left end unless it was connected to a plug. */
  public Wire wire() {
    return plug.wire();
  }

  /** Shows what the host sends and receives to {@code observer}, from now on. */
  public Host observe(FrameObserver observer) {
    plug.observe(observer);
    return this;
  }

  /** Adds what the host sends and receives to {@code capture}, from now on, as an interface with the host's name. */
  public Host capture(Capture capture) {
    return observe(Checks.given("capture", capture).observer(name, plug.capabilities(), stack.loop().ticker()));
  }

  @Override
  public String toString() {
    return name + " " + prefix;
  }
}

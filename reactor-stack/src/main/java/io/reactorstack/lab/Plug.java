package io.reactorstack.lab;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;

/**
 * One end of a wire, as a factory of the device at this end: for a host's stack, a switch, or any other user of frames.
 */
public final class Plug implements NetworkDevice.Factory {

  private final Wire wire;
  private final boolean left;
  private final MacAddress macAddress;
  private final int mtu;

  Plug(Wire wire, boolean left, MacAddress macAddress, int mtu) {
    this.wire = wire;
    this.left = left;
    this.macAddress = macAddress;
    this.mtu = mtu;
  }

  /** Returns a copy whose device has this MAC address. */
  public Plug macAddress(MacAddress address) {
    return new Plug(wire, left, own(address), mtu);
  }

  /** Returns a copy whose device carries packets of at most {@code bytes}. */
  public Plug mtu(int bytes) {
    return new Plug(wire, left, macAddress, mtuOf(bytes));
  }

  /**
   * Shows the further frames of this end to {@code observer}: those that the device plugged in here sends, before the
   * wire impairs them, and those that it receives.
   */
  public Plug observe(FrameObserver observer) {
    wire.observers(left).add(Checks.given("observer to observe with", observer));
    return this;
  }

  /** The wire that this is an end of. */
  public Wire wire() {
    return wire;
  }

  /** The device's MAC address. */
  public MacAddress macAddress() {
    return macAddress;
  }

  /**
   * Plugs a device in. Disposing of the device frees this end again.
   *
   * @throws IllegalArgumentException if {@code loop} is not the lab's
   * @throws io.reactorstack.device.DeviceException if a device is plugged in already
   */
  @Override
  public NetworkDevice open(IoEventLoop loop) {
    return wire.open(loop, left, capabilities(), null);
  }

  /** Like {@link #open}, for a host that keeps its frames in {@code memory}. */
  NetworkDevice open(IoEventLoop loop, ByteBufAllocator memory) {
    return wire.open(loop, left, capabilities(), memory);
  }

  /** Removes the device abruptly, as a loss of power does. On the loop. */
  void vanish() {
    wire.vanish(left);
  }

  static MacAddress own(MacAddress address) {
    if (!Checks.given("macAddress", address).isStation()) {
      throw new IllegalArgumentException("macAddress " + address + " is not the address of a station");
    }
    return address;
  }

  static int mtuOf(int bytes) {
    return Checks.range("mtu", bytes, 68, 65535, "bytes");
  }

  /** Returns whether a device is plugged in. On the loop. */
  boolean isTaken() { return wire.isTaken(left); }

  /** The other end of the wire. */
  Plug opposite() {
    return left ? wire.right() : wire.left();
  }

  /** Returns whether {@code other} is the same end of the same wire. */
  boolean isSameEnd(Plug other) {
    return left == other.left && wire.equals(other.wire);
  }

  /** The direction whose frames arrive at this end. */
  Direction inbound() {
    return wire.inbound(left);
  }

  DeviceCapabilities capabilities() {
    return DeviceCapabilities.ethernet(macAddress, mtu);
  }

  @Override
  public String toString() {
    return (left ? "left" : "right") + " end of " + wire.name();
  }
}

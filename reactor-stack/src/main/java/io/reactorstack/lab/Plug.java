package io.reactorstack.lab;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;

/** One end of a wire, as a device to be opened: by a host's stack, a switch, or anything else that speaks in frames. */
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

  /** This plug, whose device has this MAC address. */
  public Plug macAddress(MacAddress address) {
    return new Plug(wire, left, own(address), mtu);
  }

  /** This plug, whose device carries packets of at most {@code bytes}. */
  public Plug mtu(int bytes) {
    return new Plug(wire, left, macAddress, mtuOf(bytes));
  }

  /**
   * Shows the frames of this end to {@code observer} from now on: those that the device plugged in here sends, before the
   * wire impairs them, and those that it receives.
   */
  public Plug observe(FrameObserver observer) {
    wire.observers(left).add(Checks.given("observer to observe with", observer));
    return this;
  }

  /** The wire this is an end of. */
  public Wire wire() {
    return wire;
  }

  /** The device's MAC address. */
  public MacAddress macAddress() {
    return macAddress;
  }

  /**
   * Plugs a device in; the end is free again when the device is disposed of.
   *
   * @throws IllegalArgumentException if {@code loop} is not the lab's
   * @throws io.reactorstack.device.DeviceException if something is plugged in already
   */
  @Override
  public NetworkDevice open(IoEventLoop loop) {
    return wire.open(loop, left, capabilities(), null);
  }

  /** As {@link #open}, for a host that has frames in {@code memory}. */
  NetworkDevice open(IoEventLoop loop, ByteBufAllocator memory) {
    return wire.open(loop, left, capabilities(), memory);
  }

  /** On the loop: takes out what is plugged in, as a loss of power does. */
  void vanish() {
    wire.vanish(left);
  }

  static MacAddress own(MacAddress address) {
    if (Checks.given("macAddress", address).isGroup()) {
      throw new IllegalArgumentException("macAddress " + address + " is the address of a group");
    }
    return address;
  }

  static int mtuOf(int bytes) {
    return Checks.range("mtu", bytes, 68, 65535, "bytes");
  }

  /** On the loop: whether something is plugged in. */
  boolean isTaken() { return wire.isTaken(left); }

  /** The direction that ends here. */
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

package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import java.util.List;

/** A hub: sends every frame out of all other ports, so that a listener at any port receives all traffic. */
public final class Hub implements Junction, Tabled {

  private final Lab lab;
  private final String name;
  private final Ports ports;

  Hub(Lab lab, String name) {
    this.lab = lab;
    this.name = name;
    this.ports = new Ports(lab, new Repeater());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void attach(NetworkDevice.Factory device) {
    lab.run(() -> ports.attach(device, PortMode.ALL));
  }

  /** Counters of dropped frames, by reason. */
  public Drops drops() {
    return ports.drops();
  }

  /**
   * Cuts the hub's power: drops the frames in its queues, and those that arrive until {@link #restart}. The devices at
   * the other ends of its wires keep their carrier.
   */
  public void crash() {
    lab.run(ports::crash);
  }

  /** Turns the power on again after {@link #crash}. */
  public void restart() {
    lab.run(ports::restart);
  }

  /** The hub's ports. */
  @Override
  public NodeTables tables() {
    return lab.call(() -> new NodeTables("hub", name, Switch.state(ports), List.of(
        PortEntry.table(ports.all().stream().map(port -> PortEntry.of(lab.inventory(), port, false, null)).toList()))));
  }

  Ports inside() {
    return ports;
  }

  /** Sends each frame out of all other ports. */
  private final class Repeater implements Ports.Bridge {

    @Override
    public void forward(Ports.Port from, Frame frame) {
      for (Ports.Port to : ports.all()) {
        // Each port gets a copy, since every receiver may write into its own, as a router does.
        Frame copy = to == from ? null : ports.copy(frame, ByteBuf::copy);
        if (copy != null) {
          to.send(copy);
        }
      }
      frame.release();
    }

    @Override
    public int leaving(Ports.Port from, Ports.Port to, int tagged) {
      return tagged;
    }
  }
}

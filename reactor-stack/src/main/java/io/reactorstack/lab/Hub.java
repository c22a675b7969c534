package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;

/** A hub: sends every frame out of all other ports, so that a listener at any port receives all traffic. */
public final class Hub implements Junction {

  private final Lab lab;
  private final String name;
  private final Ports ports;

  Hub(Lab lab, String name) {
    this.lab = lab;
    this.name = name;
    this.ports = new Ports(lab, this::forward);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void attach(NetworkDevice.Factory device) {
    lab.run(() -> ports.attach(device));
  }

  /** Counters of dropped frames, by reason. */
  public Drops drops() {
    return ports.drops();
  }

  Ports ports() {
    return ports;
  }

  private void forward(Ports.Port from, Frame frame) {
    ports.flood(from, frame);
  }
}

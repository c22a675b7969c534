package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;

/** Sends every frame out of every other port: whoever listens at one hears all. */
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

  /** What was dropped, by reason. */
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

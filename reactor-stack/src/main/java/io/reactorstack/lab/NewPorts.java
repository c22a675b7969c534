package io.reactorstack.lab;

import io.reactorstack.device.NetworkDevice;

/** A switch as a place for ports of one mode. */
final class NewPorts implements Junction {

  private final Switch of;
  private final PortMode mode;

  NewPorts(Switch of, PortMode mode) {
    this.of = of;
    this.mode = mode;
  }

  @Override
  public String name() {
    return of.name();
  }

  @Override
  public void attach(NetworkDevice.Factory device) {
    of.attach(device, mode);
  }

  /** Gives the port of {@code wire}, which is plugged in already, this mode. On the loop. */
  void apply(Wire wire) {
    of.change(of.inside().of(wire), mode);
  }

  Switch of() {
    return of;
  }
}

package io.reactorstack.lab;

import io.reactorstack.device.NetworkDevice;

/** A hub or a switch, which joins several wires; or a switch whose next ports have chosen VLANs. */
public sealed interface Junction permits Hub, Switch, NewPorts {

  /** The junction's name, unique in its lab. */
  String name();

  /** Adds a port and plugs {@code device} in: the end of a wire, or any other device. */
  void attach(NetworkDevice.Factory device);
}

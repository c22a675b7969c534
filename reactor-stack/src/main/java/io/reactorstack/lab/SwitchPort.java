package io.reactorstack.lab;

import io.reactorstack.device.Capture;

/** A port of a {@link Switch}, found by {@link Switch#port}. All methods may be called from any thread. */
public final class SwitchPort {

  private final Switch of;
  private final String name;

  SwitchPort(Switch of, String name) {
    this.of = of;
    this.name = name;
  }

  /**
   * The name of the wire that is plugged in: {@code a-lan} for the host {@code a} on the switch {@code lan}; a number if
   * another device is plugged in. If both ends of a wire are plugged in, the second one has a number after it.
   */
  public String name() {
    return name;
  }

  /** The name of the host or junction at the other end of the wire; empty if there is none. */
  public String peer() {
    return of.peer(name);
  }

  /**
   * The port's VLANs.
   *
   * @throws IllegalStateException if the device was unplugged
   */
  public PortMode mode() {
    return of.mode(name);
  }

  /**
   * Changes the port's VLANs; the addresses learnt at the port are forgotten.
   *
   * @throws IllegalStateException if the device was unplugged
   */
  public void mode(PortMode changed) {
    of.mode(name, changed);
  }

  /**
   * Sends copies of all frames that this port receives and sends out of {@code target}, until the scope is closed. The
   * copies have the form that the frames have on this port's wire. Meanwhile {@code target} sends nothing else, and
   * drops the frames that it receives.
   *
   * @throws IllegalArgumentException if {@code target} is this port, or a port of another switch
   */
  public Scope mirrorTo(SwitchPort target) {
    return of.mirror(name, target);
  }

  /**
   * Records all frames that this port receives and sends in {@code capture}, as an interface of the port's name, until
   * the scope is closed.
   *
   * @throws IllegalStateException if the capture is closed, or the device was unplugged
   */
  public Scope mirrorTo(Capture capture) {
    return of.mirror(name, capture);
  }

  Switch of() {
    return of;
  }

  @Override
  public String toString() {
    return of.name() + " " + name;
  }
}

package io.reactorstack.lab;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An Ethernet wire with two ends, called left and right; each direction has its own {@link Impairment}.
 *
 * <p>All methods may be called from the test's thread and from the lab's.
 */
public final class Wire {

  private static final int DEFAULT_MTU = 1500;

  private final Lab lab;
  private final String name;
  private final Direction toRight;
  private final Direction toLeft;
  private final List<FrameObserver> leftObservers = new CopyOnWriteArrayList<>();
  private final List<FrameObserver> rightObservers = new CopyOnWriteArrayList<>();
  private final List<Ports> junctions = new ArrayList<>();
  private Carrier carrier = Carrier.UP;
  private @Nullable PlugDevice leftDevice;
  private @Nullable PlugDevice rightDevice;

  Wire(Lab lab, String name, Impairment toRight, Impairment toLeft) {
    this.lab = lab;
    this.name = name;
    this.toRight = new Direction(name + ">", lab.neutralLoop(), lab.seeds(), toRight, lab.decisionBook(), lab.kept());
    this.toLeft = new Direction(name + "<", lab.neutralLoop(), lab.seeds(), toLeft, lab.decisionBook(), lab.kept());
    this.toRight.opposite(this.toLeft);
    this.toLeft.opposite(this.toRight);
  }

  /** The wire's name, unique in its lab. */
  public String name() {
    return name;
  }

  /** The left end. */
  public Plug left() {
    return new Plug(this, true, macAddress("left"), DEFAULT_MTU);
  }

  /** The right end. */
  public Plug right() {
    return new Plug(this, false, macAddress("right"), DEFAULT_MTU);
  }

  /** Changes the impairment of both directions for all further frames: {@code w -> w.loss(0)} keeps the delay. */
  public Wire impair(UnaryOperator<Impairment> change) {
    return impair(change, change);
  }

  /** Changes the impairments to the right and to the left for all further frames. */
  public Wire impair(UnaryOperator<Impairment> right, UnaryOperator<Impairment> left) {
    Checks.given("impair right", right);
    Checks.given("impair left", left);
    return onLoop(() -> {
      Impairment ofRight = Checks.given("impair right", right.apply(toRight.impairment()));
      Impairment ofLeft = Checks.given("impair left", left.apply(toLeft.impairment()));
      toRight.impair(ofRight);
      toLeft.impair(ofLeft);
    });
  }

  /**
   * Replaces the impairment of both directions for all further frames, in the language of {@link Impairment#of};
   * options that {@code netem} omits no longer apply.
   *
   * @throws IllegalArgumentException if the text is malformed; the message names the word and its position
   */
  public Wire impair(String netem) {
    return impair(netem, netem);
  }

  /** Like {@link #impair(String)}, with different impairments to the right and to the left. */
  public Wire impair(String netemRight, String netemLeft) {
    Checks.text("impair right", netemRight);
    Checks.text("impair left", netemLeft);
    Impairment ofRight = Impairment.of(netemRight);
    Impairment ofLeft = Impairment.of(netemLeft);
    return impair(before -> ofRight, before -> ofLeft);
  }

  /**
   * Sets whether the wire carries further frames as a physical Ethernet does (IEEE 802.3 section 3.2): padded with
   * zeros to 60 octets, and followed by a frame check sequence, the CRC-32 of four octets. The receiving end removes the
   * sequence; it drops a frame that was corrupted on the wire and counts it as {@link WireDrop#BAD_FRAME_CHECK}. A wire
   * without this, which is the default, delivers corrupted frames as {@code netem} does, and the checksums of the
   * protocols have to detect the damage.
   *
   * <p>Effects and observers see frames without the sequence; what an effect changes is covered by it, like a change in
   * a switch or router. The sequence counts at a bottleneck, and its own bits can be corrupted.
   */
  public Wire frameCheck(boolean on) {
    return onLoop(() -> {
      toRight.frameCheck(on);
      toLeft.frameCheck(on);
    });
  }

  /** The current impairment of the direction to the right. */
  public Impairment impairmentToRight() {
    return lab.call(toRight::impairment);
  }

  /** The current impairment of the direction to the left. */
  public Impairment impairmentToLeft() {
    return lab.call(toLeft::impairment);
  }

  /**
   * Applies {@code change} to the impairments of both directions until the scope is closed, which restores the present
   * impairments.
   */
  public Scope impaired(UnaryOperator<Impairment> change) {
    Impairment right = impairmentToRight();
    Impairment left = impairmentToLeft();
    impair(change);
    return scope(() -> {
      toRight.impair(right);
      toLeft.impair(left);
    });
  }

  /**
   * Adds {@code effect} to both directions, after the effects already added, until the scope is closed. Frames that it
   * still holds then continue immediately.
   */
  public Scope with(Effect effect) {
    return with(effect, true, true);
  }

  /** Like {@link #with}, to the direction to the right only. */
  public Scope withToRight(Effect effect) {
    return with(effect, true, false);
  }

  /** Like {@link #with}, to the direction to the left only. */
  public Scope withToLeft(Effect effect) {
    return with(effect, false, true);
  }

  private Scope with(Effect effect, boolean right, boolean left) {
    Checks.text("name of the effect (with)", Checks.given("effect to wire with", effect).name());
    List<Runnable> ends = new ArrayList<>();
    lab.run(() -> {
      if (right) {
        EffectPlace place = toRight.add(effect, true);
        ends.add(() -> toRight.remove(place));
      }
      if (left) {
        EffectPlace place = toLeft.add(effect, false);
        ends.add(() -> toLeft.remove(place));
      }
    });
    return scope(() -> ends.forEach(Runnable::run));
  }

  private Scope scope(Runnable end) {
    return lab.scope(end);
  }

  /** Cuts the wire in the middle: drops frames in transit and later ones; neither endpoint notices. */
  public Wire cut() {
    return onLoop(() -> {
      toRight.cut(true);
      toLeft.cut(true);
    });
  }

  /** Ends a cut. */
  public Wire mend() {
    return onLoop(() -> {
      toRight.cut(false);
      toLeft.cut(false);
    });
  }

  /** Unplugs the wire at both ends: drops frames in transit and later ones; the devices lose their carrier. */
  public Wire unplug() {
    return onLoop(() -> connect(false));
  }

  /** Plugs an unplugged wire in again; the devices get their carrier back. */
  public Wire plug() {
    return onLoop(() -> connect(true));
  }

  private void connect(boolean plugged) {
    carrier = plugged ? Carrier.UP : Carrier.DOWN;
    toRight.cut(!plugged);
    toLeft.cut(!plugged);
    if (leftDevice != null) {
      leftDevice.carrierState().set(carrier);
    }
    if (rightDevice != null) {
      rightDevice.carrierState().set(carrier);
    }
  }

  /** The counters of the frames sent at the left end. */
  public WireCounters countersToRight() {
    return lab.call(toRight::counters);
  }

  /** The counters of the frames sent at the right end. */
  public WireCounters countersToLeft() {
    return lab.call(toLeft::counters);
  }

  /** Returns the counters and impairments of both directions as a table for people. */
  public String table() {
    return lab.call(() -> table(toRight) + table(toLeft));
  }

  private static String table(Direction direction) {
    return direction.name() + " " + direction.impairment() + "\n" + direction.counters().table();
  }

  /** Must be called on the loop. */
  boolean isTaken(boolean left) {
    return (left ? leftDevice : rightDevice) != null;
  }

  /** Removes the device at this end abruptly, if there is one. On the loop. */
  void vanish(boolean left) {
    PlugDevice device = left ? leftDevice : rightDevice;
    if (device != null) {
      device.vanish();
    }
  }

  /** Must be called on the loop. */
  boolean isPulledOut() { return carrier == Carrier.DOWN; }

  /** The direction whose frames arrive at this end. */
  Direction inbound(boolean left) {
    return left ? toLeft : toRight;
  }

  /** Records that an end of the wire is plugged into {@code junction}. On the loop. */
  void joins(Ports junction) {
    junctions.add(junction);
  }

  /** The junctions that the wire's ends are plugged into. */
  List<Ports> junctions() {
    return junctions;
  }

  PlugDevice open(
      IoEventLoop loop, boolean left, DeviceCapabilities capabilities, @Nullable ByteBufAllocator memory) {
    if (!lab.owns(loop)) {
      throw new IllegalArgumentException("the device at the " + (left ? "left" : "right") + " end of " + name
          + " does not run on the lab's loop: give it that loop with runOn(lab.loop())");
    }
    if (isTaken(left)) {
      throw new DeviceException(
          DeviceException.Reason.BUSY,
          "a device is already plugged in at the " + (left ? "left" : "right") + " end of " + name);
    }
    PlugDevice device = new PlugDevice(loop, HostBorder.of(lab, loop, memory), capabilities, left ? toRight : toLeft,
        observers(left),
        () -> plugged(left, null));
    device.carrierState().set(carrier);
    plugged(left, device);
    return device;
  }

  List<FrameObserver> observers(boolean left) {
    return left ? leftObservers : rightObservers;
  }

  private void plugged(boolean left, @Nullable PlugDevice device) {
    if (left) {
      leftDevice = device;
      toLeft.end().receiver(device);
    } else {
      rightDevice = device;
      toRight.end().receiver(device);
    }
  }

  /** Must be called on the loop. */
  int framesInside() {
    return toRight.inFlight() + toLeft.inFlight() + held(leftDevice) + held(rightDevice);
  }

  private static int held(@Nullable PlugDevice device) {
    return device == null ? 0 : device.held();
  }

  /** Disposes of the devices at both ends and drops the frames in transit. On the loop. */
  void close() {
    if (leftDevice != null) {
      leftDevice.dispose();
    }
    if (rightDevice != null) {
      rightDevice.dispose();
    }
    toRight.close();
    toLeft.close();
  }

  private Wire onLoop(Runnable action) {
    lab.run(action);
    return this;
  }

  /** Returns a locally administered address that depends only on the names of the wire and the end. */
  private MacAddress macAddress(String end) {
    return new MacAddress(0x0600_0000_0000L | Seeds.hash(name + "/" + end) & 0xff_ffff_ffffL);
  }
}

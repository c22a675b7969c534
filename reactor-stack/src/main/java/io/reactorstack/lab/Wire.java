package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
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
  private Carrier carrier = Carrier.UP;
  private @Nullable PlugDevice leftDevice;
  private @Nullable PlugDevice rightDevice;

  Wire(Lab lab, String name, Impairment toRight, Impairment toLeft) {
    this.lab = lab;
    this.name = name;
    this.toRight = new Direction(name + ">", lab.loop(), lab.seeds(), toRight);
    this.toLeft = new Direction(name + "<", lab.loop(), lab.seeds(), toLeft);
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

  /** Changes what both directions do now, from the next frame on: {@code w -> w.loss(0)} keeps the delay. */
  public Wire impair(UnaryOperator<Impairment> change) {
    return impair(change, change);
  }

  /** Changes what the direction to the right and the one to the left do now, from the next frame on. */
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

  /** Cuts the wire somewhere in between: frames under way and later ones are dropped, and neither end notices. */
  public Wire cut() {
    return onLoop(() -> {
      toRight.cut(true);
      toLeft.cut(true);
    });
  }

  /** Makes a wire that was cut whole again. */
  public Wire mend() {
    return onLoop(() -> {
      toRight.cut(false);
      toLeft.cut(false);
    });
  }

  /** Pulls the wire out, which both ends notice: frames under way and later ones are dropped, the carrier is gone. */
  public Wire unplug() {
    return onLoop(() -> connect(false));
  }

  /** Plugs a wire that was pulled out in again, which both ends notice. */
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

  /** What became of the frames sent at the left end. */
  public WireCounters countersToRight() {
    return lab.call(toRight::counters);
  }

  /** What became of the frames sent at the right end. */
  public WireCounters countersToLeft() {
    return lab.call(toLeft::counters);
  }

  PlugDevice open(IoEventLoop loop, boolean left, DeviceCapabilities capabilities) {
    if (!loop.equals(lab.loop())) {
      throw new IllegalArgumentException("everything in a lab runs on its one loop, lab.loop()");
    }
    if ((left ? leftDevice : rightDevice) != null) {
      throw new DeviceException(
          DeviceException.Reason.BUSY, "something is plugged in at the " + (left ? "left" : "right") + " of " + name);
    }
    PlugDevice device = new PlugDevice(loop, capabilities, left ? toRight : toLeft, observers(left),
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
      toLeft.receiver(device);
    } else {
      rightDevice = device;
      toRight.receiver(device);
    }
  }

  /** On the loop. */
  int framesInside() {
    return toRight.inFlight() + toLeft.inFlight() + held(leftDevice) + held(rightDevice);
  }

  private static int held(@Nullable PlugDevice device) {
    return device == null ? 0 : device.held();
  }

  /** On the loop: unplugs both ends and drops what is under way. */
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

  /** A locally administered address that depends on nothing but the names. */
  private MacAddress macAddress(String end) {
    return new MacAddress(0x0600_0000_0000L | Seeds.hash(name + "/" + end) & 0xff_ffff_ffffL);
  }
}

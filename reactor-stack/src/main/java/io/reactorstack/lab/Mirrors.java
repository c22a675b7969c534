package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The mirrors of a switch: each copies the frames of one port, or of all, to another port or to a capture. */
final class Mirrors {

  /**
   * A mirror.
   *
   * @param source the name of the port whose frames are copied in both directions; {@code null} for the frames that
   *     arrive at any port
   * @param target the name of the port that sends the copies; {@code null} if they are captured
   * @param observer captures the frames; {@code null} if a port sends copies
   */
  record Mirror(@Nullable String source, @Nullable String target, @Nullable FrameObserver observer) {}

  private final Lab lab;
  private final Ports ports;
  // A mirror may end while its observer sees a frame.
  private final List<Mirror> mirrors = new CopyOnWriteArrayList<>();

  Mirrors(Lab lab, Ports ports) {
    this.lab = lab;
    this.ports = ports;
  }

  /** Adds a mirror, until the returned scope is closed. */
  Scope add(Mirror mirror) {
    mirrors.add(mirror);
    return lab.scope(() -> mirrors.remove(mirror));
  }

  /** Returns whether {@code port} sends copies, and therefore nothing else. */
  boolean isTarget(Ports.Port port) {
    if (mirrors.isEmpty()) {
      return false;
    }
    for (Mirror mirror : mirrors) {
      if (port.name().equals(mirror.target)) {
        return true;
      }
    }
    return false;
  }

  /** Copies a frame that has arrived at {@code port}. */
  void onReceived(Ports.Port port, Frame frame) {
    for (Mirror mirror : mirrors) {
      if (mirror.source == null || mirror.source.equals(port.name())) {
        copy(mirror, FrameObserver.Direction.RECEIVED, frame);
      }
    }
  }

  /** Copies a frame that leaves through {@code port}. */
  void onSent(Ports.Port port, Frame frame) {
    for (Mirror mirror : mirrors) {
      if (port.name().equals(mirror.source)) {
        copy(mirror, FrameObserver.Direction.SENT, frame);
      }
    }
  }

  private void copy(Mirror mirror, FrameObserver.Direction direction, Frame frame) {
    if (mirror.observer != null) {
      mirror.observer.onFrame(direction, frame, lab.neutralLoop().ticker().nanoTime());
    }
    Ports.Port target = mirror.target == null ? null : ports.named(mirror.target);
    Frame copy = target == null ? null : ports.copy(frame, ByteBuf::copy);
    if (target != null && copy != null) {
      target.send(copy);
    }
  }
}

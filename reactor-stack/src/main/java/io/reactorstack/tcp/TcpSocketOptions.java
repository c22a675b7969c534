package io.reactorstack.tcp;

import io.reactorstack.device.FrameObserver;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.BufferSettings;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The options of a connection that can be changed at any time; {@link TcpSettings} holds their initial values. All
 * methods are called on the loop.
 */
public final class TcpSocketOptions {

  private final TcpSocket socket;
  private final TcpEngine engine;
  private final LoopTurn turn;

  private final TcpStage stage;
  private @Nullable Disposable tap;

  TcpSocketOptions(TcpStage stage, TcpSocket socket, TcpEngine engine) {
    this.stage = stage;
    this.socket = socket;
    this.engine = engine;
    this.turn = stage.turn();
  }

  /**
   * Shows the connection's packets to {@code observer} until the last one is sent; replaces a previous observer, and
   * {@code null} removes it. An observer that is set in the turn in which the connection was opened sees its SYN.
   */
  public void observer(@Nullable FrameObserver observer) {
    if (tap != null) {
      tap.dispose();
    }
    tap = observer == null || socket.isRetired() || engine.state() == TcpState.CLOSED
        ? null
        : stage.observe(socket.local(), socket.remote(), observer);
  }

  /** Returns whether an observer is set. */
  boolean isObserved() {
    return tap != null;
  }

  /** Switches Nagle's algorithm off ({@code true}) or on ({@code false}). */
  public void noDelay(boolean on) {
    engine.noDelay(on, turn.now());
    socket.settle(false);
  }

  /** Holds back data that does not fill a segment ({@code true}), or sends the held data and stops holding back. */
  public void cork(boolean on) {
    engine.cork(on, turn.now());
    socket.settle(false);
  }

  /** Acknowledges the next segments immediately ({@code true}), or delays acknowledgements ({@code false}). */
  public void quickAck(boolean on) {
    engine.quickAck(on);
    socket.settle(false);
  }

  /**
   * Changes the memory that unread data may hold, 2048 to 2<sup>30</sup> bytes. A smaller buffer takes effect as data
   * arrives: the window that was already advertised does not shrink.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public void receiveBuffer(int bytes) {
    engine.receiveCapacity(Checks.range("receiveBuffer", bytes, BufferSettings.LEAST, BufferSettings.MOST, "bytes"));
    socket.settle(false);
  }

  /**
   * Changes the number of bytes that may be accepted and not yet acknowledged, 2048 to 2<sup>30</sup>; the buffer no
   * longer grows automatically. Data that exceeds a smaller buffer is kept until it is acknowledged.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public void sendBuffer(int bytes) {
    engine.sendCapacity(Checks.range("sendBuffer", bytes, BufferSettings.LEAST, BufferSettings.MOST, "bytes"));
    // Notify the watcher, which may wait for space in the buffer.
    socket.settle(true);
  }

  /** Changes the congestion control; the new one continues with the connection's current congestion window. */
  public void congestionControl(CongestionControl.Factory factory) {
    engine.congestionControl(Checks.given("congestionControl", factory));
    socket.settle(false);
  }

  /**
   * Switches keep-alive probes on or off (RFC 9293 section 3.8.4).
   *
   * @param idle silence before the first probe; 1 ms to 365 d
   * @param interval time between two probes; 1 ms to 365 d
   * @param probes number of unanswered probes after which the connection ends; 1 to 127
   * @throws IllegalArgumentException if one is out of its range
   */
  public void keepAlive(boolean on, Duration idle, Duration interval, int probes) {
    Checks.positive("keepAlive idle", idle);
    Checks.positive("keepAlive interval", interval);
    Checks.range("keepAlive probes", probes, 1, 127, "probes");
    engine.keepAlive(on, idle.toNanos(), interval.toNanos(), probes, turn.now());
    socket.settle(false);
  }

  /**
   * Sets how long sent data may remain unacknowledged, up to 365 d; zero for no limit. The peer's announcements no
   * longer change it (RFC 5482 section 3).
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public void userTimeout(Duration timeout) {
    engine.userTimeout(Checks.zeroOrMore("userTimeout", timeout).toNanos(), turn.now());
    socket.settle(false);
  }

  /** The time for which sent data may remain unacknowledged; zero for no limit. */
  public Duration userTimeout() {
    return Duration.ofNanos(engine.userTimeout());
  }

  /**
   * The user timeout that the peer has announced last, whether it is in force here or not; zero for none (RFC 5482).
   */
  public Duration peerUserTimeout() {
    return Duration.ofNanos(engine.peerUserTimeout());
  }

  /**
   * Sets how long the connection waits for the peer's FIN (FIN-WAIT-2) when the application neither sends nor reads any
   * more and the local FIN is acknowledged; up to 365 d, and zero for not at all.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public void finWait2Timeout(Duration timeout) {
    engine.finWait2Timeout(Checks.zeroOrMore("finWait2Timeout", timeout).toNanos(), turn.now());
    socket.settle(false);
  }

  /**
   * Sets the TOS or traffic class, 0 to 255, and the TTL or hop limit, 1 to 255, of all further packets; the stack sets
   * the ECN bits. Applications should not change the class while data is in flight: packets of different classes may be
   * reordered (RFC 9293 section 3.9.2).
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public void packetFields(int trafficClass, int hopLimit) {
    Checks.range("trafficClass", trafficClass, 0, 255, "as an octet");
    Checks.range("hopLimit", hopLimit, 1, 255, "hops");
    engine.packetFields(trafficClass, hopLimit);
  }

  /** The current TOS or traffic class, 0 to 255, without the ECN bits. */
  public int trafficClass() {
    return engine.packetFields().trafficClass() & ~3;
  }
}

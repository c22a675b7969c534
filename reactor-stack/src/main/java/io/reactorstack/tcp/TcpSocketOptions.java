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
 * What can be changed on a connection at any time, with effect from then on; {@link TcpSettings} say how it begins. All methods
 * are called on the loop.
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
   * Shows the connection's packets to {@code observer} and no longer to the one before, until nothing more is sent; {@code null}
   * for nobody. What is set in the turn that has begun the connection sees its SYN.
   */
  public void observer(@Nullable FrameObserver observer) {
    if (tap != null) {
      tap.dispose();
    }
    tap = observer == null || engine.state() == TcpState.CLOSED
        ? null
        : stage.observe(socket.local(), socket.remote(), observer);
  }

  /** Switches Nagle's algorithm off ({@code true}) or on. */
  public void noDelay(boolean on) {
    engine.noDelay(on, turn.now());
    socket.settle(false);
  }

  /** Holds back what does not fill a segment ({@code true}), or sends it and holds nothing back any more. */
  public void cork(boolean on) {
    engine.cork(on, turn.now());
    socket.settle(false);
  }

  /** Acknowledges the next segments at once ({@code true}), or delays acknowledgements from now on. */
  public void quickAck(boolean on) {
    engine.quickAck(on);
    socket.settle(false);
  }

  /**
   * Changes the memory that unread data may hold, 2048 to 2<sup>30</sup> bytes. A smaller buffer takes effect as data is received: the window
   * already promised stays.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public void receiveBuffer(int bytes) {
    engine.receiveCapacity(Checks.range("receiveBuffer", bytes, BufferSettings.LEAST, BufferSettings.MOST, "bytes"));
    socket.settle(false);
  }

  /**
   * Changes how many bytes may be held that the peer has not acknowledged, 2048 to 2<sup>30</sup>; the buffer no longer grows with the path. What is held
   * beyond a smaller buffer stays until it is acknowledged.
   *
   * @throws IllegalArgumentException if it is out of the range
   */
  public void sendBuffer(int bytes) {
    engine.sendCapacity(Checks.range("sendBuffer", bytes, BufferSettings.LEAST, BufferSettings.MOST, "bytes"));
    // There may be room now that the face waits for.
    socket.settle(true);
  }

  /** Another congestion control, which goes on with the congestion window that the connection has. */
  public void congestionControl(CongestionControl.Factory factory) {
    engine.congestionControl(Checks.given("congestionControl", factory));
    socket.settle(false);
  }

  /**
   * Switches the probes of a silent peer on or off (RFC 9293 section 3.8.4).
   *
   * @param idle silence before the first probe; 1 ms to 365 d
   * @param interval between the probes; 1 ms to 365 d
   * @param probes how many stay unanswered before the connection ends; 1 to 127
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
   * How long sent data may stay unacknowledged, zero for ever; what the peer announces no longer changes it (RFC 5482 section
   * 3).
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void userTimeout(Duration timeout) {
    engine.userTimeout(Checks.zeroOrMore("userTimeout", timeout).toNanos(), turn.now());
    socket.settle(false);
  }

  /** How long sent data may stay unacknowledged; zero for ever. */
  public Duration userTimeout() {
    return Duration.ofNanos(engine.userTimeout());
  }

  /** The user timeout that the peer has announced last, whether it counts here or not; zero for none (RFC 5482). */
  public Duration peerUserTimeout() {
    return Duration.ofNanos(engine.peerUserTimeout());
  }

  /**
   * How long the connection waits for the peer's FIN once it is closed here, ours is acknowledged and nobody reads any more;
   * zero for not at all.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void finWait2Timeout(Duration timeout) {
    engine.finWait2Timeout(Checks.zeroOrMore("finWait2Timeout", timeout).toNanos(), turn.now());
    socket.settle(false);
  }

  /**
   * Sets the TOS or traffic class, 0 to 255, and the TTL or hop limit, 1 to 255, of packets sent from now on; the ECN bits are
   * the stack's. Applications should not change the class while data is under way: what is treated unequally may overtake (RFC
   * 9293 section 3.9.2).
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public void packetFields(int trafficClass, int hopLimit) {
    Checks.range("trafficClass", trafficClass, 0, 255, "as an octet");
    Checks.range("hopLimit", hopLimit, 1, 255, "hops");
    engine.packetFields(trafficClass, hopLimit);
  }

  /** The TOS or traffic class, 0 to 255, of packets sent from now on, without the ECN bits. */
  public int trafficClass() {
    return engine.packetFields().trafficClass() & ~3;
  }
}

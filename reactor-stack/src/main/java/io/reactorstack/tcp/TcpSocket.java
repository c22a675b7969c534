package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.TcpInfo;
import io.reactorstack.tcp.engine.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * One connection on its event loop, without a face: the reactive {@link TcpConnection} and the Netty channel are two thin
 * faces of it.
 *
 * <p>It drives its {@link io.reactorstack.tcp.engine.TcpEngine}: hands segments in, opens an outlet to the egress, keeps
 * its one timer. A face learns of changes through its {@link Watcher}, which is called from the dirty list of a loop
 * turn, never from inside the arrival of a segment, and then asks the questions. All methods are called on the loop.
 */
public final class TcpSocket {

  /** A face of the connection. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * Something about the socket may have changed since the last call: it connected, has bytes to read or room to write,
     * had bytes acknowledged, saw the peer's FIN, or closed. At most one call a loop turn.
     */
    void changed(TcpSocket socket);
  }

  TcpSocket() {}

  /** Replaces the face; an accepted socket has none until its acceptor sets it. The new face is called in the next turn. */
  public void watch(Watcher watcher) {
    throw new UnsupportedOperationException();
  }

  /** This end. */
  public Endpoint local() {
    throw new UnsupportedOperationException();
  }

  /** The peer's end. */
  public Endpoint remote() {
    throw new UnsupportedOperationException();
  }

  /** The state of the connection. */
  public TcpState state() {
    throw new UnsupportedOperationException();
  }

  /** Whether the handshake has ever completed. */
  public boolean wasConnected() {
    throw new UnsupportedOperationException();
  }

  /**
   * Accepts what fits of {@code data}, advancing its reader index; the caller keeps its own reference.
   *
   * @return bytes taken
   */
  public int write(ByteBuf data) {
    throw new UnsupportedOperationException();
  }

  /** Free bytes in the send buffer. */
  public int writableBytes() {
    throw new UnsupportedOperationException();
  }

  /** Bytes accepted since the beginning. */
  public long writtenBytes() {
    throw new UnsupportedOperationException();
  }

  /** Bytes acknowledged by the peer since the beginning. */
  public long acknowledgedBytes() {
    throw new UnsupportedOperationException();
  }

  /** Takes at most {@code maxBytes} in-order bytes, owned by the caller, or {@code null}; opens the window by as much. */
  public @Nullable ByteBuf read(int maxBytes) {
    throw new UnsupportedOperationException();
  }

  /** In-order bytes that can be read. */
  public int readableBytes() {
    throw new UnsupportedOperationException();
  }

  /** Whether the peer's FIN arrived and everything before it was read. */
  public boolean isInputFinished() {
    throw new UnsupportedOperationException();
  }

  /** Whether our FIN was acknowledged. */
  public boolean isOutputFinished() {
    throw new UnsupportedOperationException();
  }

  /** Sends FIN after what is in the send buffer. */
  public void shutdownOutput() {
    throw new UnsupportedOperationException();
  }

  /** Throws away unread and future input. */
  public void shutdownInput() {
    throw new UnsupportedOperationException();
  }

  /**
   * Gives the socket up: no face will read any more. With unread input it ends with RST (RFC 9293 section 3.10.4), otherwise
   * what is in the send buffer is delivered, FIN follows, and the socket lives on without a face until it is closed.
   */
  public void close() {
    throw new UnsupportedOperationException();
  }

  /** Ends the connection at once with RST. */
  public void abort() {
    throw new UnsupportedOperationException();
  }

  /** Switches Nagle's algorithm off ({@code true}) or on, at any time. */
  public void noDelay(boolean on) {
    throw new UnsupportedOperationException();
  }

  /** How the connection stands. */
  public TcpInfo info() {
    throw new UnsupportedOperationException();
  }

  /** How the connection ended; {@code null} while it has not. For an orderly close it is there from TIME-WAIT on. */
  public @Nullable CloseReport closeReport() {
    throw new UnsupportedOperationException();
  }
}

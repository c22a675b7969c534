package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.tcp.segment.FourTuple;
import io.reactorstack.tcp.segment.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection as a pure machine (RFC 9293): no I/O, no clock, no thread, no callback.
 *
 * <p>Segments, due timeouts and ICMP errors go in, each with the time in nanoseconds; {@link #poll} takes out what is to
 * be sent, {@link #nextDeadline} tells when to call {@link #onTimeout}. After every input or command the owner asks the
 * questions again. Not thread-safe.
 */
public final class TcpEngine {

  /** {@link #nextDeadline} of an engine that waits for nothing. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /**
   * Opens actively: the engine is in SYN-SENT and has a SYN to send.
   *
   * @param flow both sockets
   * @param iss the initial send sequence number
   * @param mtu largest IP packet on the path's first hop, in bytes
   * @param allocator where segment and receive buffers come from
   */
  public static TcpEngine connect(
      TcpSettings settings, FourTuple flow, int iss, int mtu, ByteBufAllocator allocator, long now) {
    throw new UnsupportedOperationException();
  }

  /**
   * Opens passively on {@code syn}, a segment with SYN and without ACK, RST: the engine is in SYN-RECEIVED and has a
   * SYN-ACK to send. Takes ownership of the segment.
   */
  public static TcpEngine accept(
      TcpSettings settings, TcpSegment syn, int iss, int mtu, ByteBufAllocator allocator, long now) {
    throw new UnsupportedOperationException();
  }

  /** A segment of this connection arrived, with its checksum verified. Takes ownership of it. */
  public void onSegment(TcpSegment segment, long now) {
    throw new UnsupportedOperationException();
  }

  /** {@code now} has reached {@link #nextDeadline}; calling it early is harmless. */
  public void onTimeout(long now) {
    throw new UnsupportedOperationException();
  }

  /**
   * An ICMP error quoted a segment of this connection (RFC 5927): ignored unless {@code quotedSeq} is in flight; a hard
   * error ends a connection that is still opening and is a soft error for every other.
   */
  public void onIcmpError(CloseCause hardError, int quotedSeq, long now) {
    throw new UnsupportedOperationException();
  }

  /**
   * Accepts at most {@link #writableBytes} of {@code data} for sending, advancing its reader index over what was taken.
   * What is kept is retained or copied: the caller keeps its own reference.
   *
   * @return the number of bytes taken; 0 when there is no room or output is shut down
   */
  public int write(ByteBuf data, long now) {
    throw new UnsupportedOperationException();
  }

  /** Free bytes in the send buffer; 0 once output is shut down or the connection is closed. */
  public int writableBytes() {
    throw new UnsupportedOperationException();
  }

  /** Bytes of data accepted by {@link #write} since the beginning. */
  public long writtenBytes() {
    throw new UnsupportedOperationException();
  }

  /** Bytes of data acknowledged by the peer since the beginning. */
  public long acknowledgedBytes() {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes the next in-order bytes, at most {@code maxBytes}; the caller owns the buffer. Frees their memory, so the window
   * may grow and {@link #poll} may have a window update.
   *
   * @return {@code null} if there are none
   */
  public @Nullable ByteBuf read(int maxBytes, long now) {
    throw new UnsupportedOperationException();
  }

  /** In-order bytes that can be read. */
  public int readableBytes() {
    throw new UnsupportedOperationException();
  }

  /** Whether the peer's FIN has arrived in order and everything before it was read. */
  public boolean isInputFinished() {
    throw new UnsupportedOperationException();
  }

  /** Whether our FIN was acknowledged. */
  public boolean isOutputFinished() {
    throw new UnsupportedOperationException();
  }

  /** No more data will be written: FIN follows what is in the send buffer. Does nothing the second time. */
  public void shutdownOutput(long now) {
    throw new UnsupportedOperationException();
  }

  /**
   * Nobody will read any more: unread and future data is thrown away. Data that arrives after this for a connection whose
   * output is shut down too is answered with RST (RFC 9293 section 3.6.1, RFC 1122 section 4.2.2.13).
   */
  public void shutdownInput(long now) {
    throw new UnsupportedOperationException();
  }

  /** Ends the connection at once with RST where the state calls for one; everything held is released. */
  public void abort(long now) {
    throw new UnsupportedOperationException();
  }

  /**
   * Switches Nagle's algorithm off ({@code true}) or on; off lets what it held back go out at once (RFC 9293 section 3.7.4).
   */
  public void noDelay(boolean on, long now) {
    throw new UnsupportedOperationException();
  }

  /**
   * The next segment to send at {@code now}, or {@code null}. The caller owns it and must send it: the sender's state has
   * moved. Its payload has headroom.
   */
  public @Nullable TcpSegment poll(long now) {
    throw new UnsupportedOperationException();
  }

  /** When {@link #onTimeout} is to be called, in nanoseconds, or {@link #NO_DEADLINE}. */
  public long nextDeadline() {
    throw new UnsupportedOperationException();
  }

  /** The state of the connection. */
  public TcpState state() {
    throw new UnsupportedOperationException();
  }

  /** Why the connection ended; present exactly in CLOSED, and for an orderly close already in TIME-WAIT. */
  public @Nullable CloseCause closeCause() {
    throw new UnsupportedOperationException();
  }

  /** How the connection stands; the numbers stay as they were at its end. */
  public TcpInfo info() {
    throw new UnsupportedOperationException();
  }

  /** SND.NXT: the next sequence number to be sent. With {@link #rcvNxt} for who opens the same connection anew (RFC 6191). */
  public int sndNxt() {
    throw new UnsupportedOperationException();
  }

  /** RCV.NXT: the next sequence number expected; meaningful in synchronized states. */
  public int rcvNxt() {
    throw new UnsupportedOperationException();
  }

  /** The connection. */
  public FourTuple flow() {
    throw new UnsupportedOperationException();
  }
}

package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.tcp.model.WireSettings;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection as a pure machine (RFC 9293): no I/O, no clock, no thread, no callback. Times are nanoseconds of one clock
 * that never runs backwards, and arguments. Not thread-safe.
 *
 * <p>Its methods are of three kinds. <em>Inputs</em> say what has happened to the connection: a segment has arrived, a deadline has
 * come, ICMP or the link has news. <em>Commands</em> say what its user wants: to write, to read, to close. <em>Questions</em> ask
 * what follows. An owner that has made inputs or commands asks in this order:
 *
 * <pre>{@code
 * TcpEngine engine = TcpEngine.connect(setup, now);
 *
 * // after any number of inputs and commands at one time:
 * engine.onSegment(segment, now);
 * engine.write(data, now);
 *
 * // 1. what is to be sent; each segment is built when it is asked for
 * for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
 *   send(s);
 * }
 * // 2. when to call onTimeout
 * wakeAt(engine.nextDeadline());
 * // 3. what the user can do: readableBytes() and read(), writableBytes() and write(), isInputFinished()
 * // 4. whether it is over
 * if (engine.state() == TcpState.CLOSED) {
 *   tell(engine.closeCause());
 * }
 * }</pre>
 *
 * <p>{@code poll} may be asked for fewer segments than there are, as a device has room; the rest stays for the next time. A read may
 * give {@code poll} a window update to send. After the end what was received in order can still be read; {@link #abort} gives
 * it up, and must be called at last by an owner that has not read everything.
 */
public final class TcpEngine {

  /** {@link #nextDeadline} of an engine that waits for nothing. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** Octets that an established connection has in reserve of the host's memory, on links with segments of up to 2 KiB. */
  public static final long RESERVED_MEMORY = SendBuffer.RESERVE + (long) Receiver.LEAST_RESERVE;

  private final Connection connection;

  private TcpEngine(Connection connection) {
    this.connection = connection;
  }

  // ---- opening

  /** Opens actively: the engine is in SYN-SENT and has a SYN to send. */
  public static TcpEngine connect(Setup setup, long now) {
    Connection connection = new Connection(setup, now);
    connection.connect(now);
    return new TcpEngine(connection);
  }

  /**
   * Opens passively on {@code syn}, a segment of this flow with SYN and without ACK, RST: the engine is in SYN-RECEIVED and has a
   * SYN-ACK to send. Takes ownership of the segment.
   */
  public static TcpEngine accept(Setup setup, TcpSegment syn, long now) {
    Connection connection = new Connection(setup, now);
    connection.listen(syn, now);
    return new TcpEngine(connection);
  }

  /**
   * Goes on with a handshake of which nothing was kept: the SYN-ACK that the setup's initial sequence number began was sent for
   * {@code syn} by {@link CookieHandshake#synAck}, and the segment that answers it is about to be handed in. The engine is in
   * SYN-RECEIVED.
   */
  public static TcpEngine resume(Setup setup, TcpSegment syn, long now) {
    Connection connection = new Connection(setup, now);
    connection.listen(syn, now);
    connection.answered(now);
    return new TcpEngine(connection);
  }

  /**
   * Lets the SYN of an active open carry a Fast Open cookie and data that is written before the first {@link #poll} (RFC
   * 7413).
   *
   * @param cookie the server's, or empty to ask for one
   * @param mss the server's MSS as it is known, which limits the data
   */
  public void requestFastOpen(byte[] cookie, int mss) {
    connection.handshake().fastOpen().request(cookie, Math.min(mss, connection.parts().size.announced()));
  }

  /**
   * Answers the Fast Open option of the SYN of a passive open, before the first {@link #poll}.
   *
   * @param takesData whether the cookie is good: the data of the SYN is acknowledged and can be read at once
   * @param cookie a new one for the peer, or {@code null}
   */
  public void answerFastOpen(boolean takesData, byte @Nullable [] cookie) {
    connection.answerFastOpen(takesData, cookie);
  }

  // ---- inputs: what happens to the connection

  /** A segment of this connection arrived, with its checksum verified. Takes ownership of it. */
  public void onSegment(TcpSegment segment, long now) {
    connection.onSegment(segment, now);
  }

  /** {@code now} has reached {@link #nextDeadline}; calling it early is harmless. */
  public void onTimeout(long now) {
    connection.onTimeout(now);
  }

  /**
   * An ICMP error quoted a segment of this connection (RFC 5927): ignored unless {@code quotedSeq} is in flight; a hard
   * error ends a connection that is still opening and is a soft error for every other.
   */
  public void onIcmpError(CloseCause hardError, int quotedSeq, long now) {
    connection.pathReports().onIcmpError(hardError, quotedSeq, now);
  }

  /**
   * This host itself could not send a segment of this connection, for want of a route or of a next hop that answers: ends a
   * connection that is still opening by {@code cause}, and is a soft error for every other.
   */
  public void onUnsendable(CloseCause cause, long now) {
    connection.pathReports().onUnsendable(cause, now);
  }

  /**
   * A router reported that packets above {@code mtu} bytes do not pass (RFC 1191, RFC 8201): ignored unless {@code
   * quotedSeq} is in flight, delayed while the peer's acknowledgements contradict it (RFC 5927 section 7.2); what is too
   * large is sent again in smaller segments.
   */
  public void onPathMtu(int mtu, int quotedSeq, long now) {
    connection.pathReports().onPathMtu(mtu, quotedSeq, now);
  }

  /**
   * The link that the segments leave by was down and is up again: what has been sent in vain meanwhile is sent again at once,
   * one segment of it, and the timeouts that it took do not lengthen the next ones.
   */
  public void onLinkUp(long now) {
    connection.onLinkUp(now);
  }

  /** Others know that packets of up to {@code mtu} bytes pass, be it less or more than until now. */
  public void pathMtu(int mtu, long now) {
    connection.pathReports().pathMtu(mtu, now);
  }

  // ---- commands: what the user wants

  /**
   * Accepts at most {@link #writableBytes} of {@code data} for sending, advancing its reader index over what was taken.
   * What is kept is retained or copied: the caller keeps its own reference.
   *
   * @return the number of bytes taken; 0 when there is no room or output is shut down
   */
  public int write(ByteBuf data, long now) {
    return connection.calls().write(data, false, false, now);
  }

  /**
   * As {@link #write}, and says whether {@code more} will be written soon: then what does not fill a segment waits for it, or
   * until the peer says something, but no longer than the override time-out of RFC 9293 section 3.8.6.2.1.
   */
  public int write(ByteBuf data, boolean more, long now) {
    return connection.calls().write(data, more, false, now);
  }

  /**
   * As {@link #write}, and what is taken is urgent: until it is acknowledged every segment up to its end tells the peer so
   * (RFC 9293 section 3.8.5). New applications should not use this (SHLD-13): peers and what is between treat it unequally.
   */
  public int writeUrgent(ByteBuf data, long now) {
    return connection.calls().write(data, false, true, now);
  }

  /** Holds back what does not fill a segment ({@code true}), or sends it and holds nothing back any more. */
  public void cork(boolean on, long now) {
    connection.calls().cork(on);
  }

  /**
   * Takes the next in-order bytes, at most {@code maxBytes}; the caller owns the buffer. Frees their memory, so the window
   * may grow and {@link #poll} may have a window update.
   *
   * @return {@code null} if there are none
   */
  public @Nullable ByteBuf read(int maxBytes, long now) {
    Receiver receiver = connection.receiver();
    return receiver == null ? null : receiver.read(maxBytes, now);
  }

  /** No more data will be written: FIN follows what is in the send buffer. Does nothing the second time. */
  public void shutdownOutput(long now) {
    connection.calls().shutdownOutput(now);
  }

  /**
   * The user has closed the input: unread and future data is thrown away. Data that arrives after this for a connection whose
   * output is shut down too is answered with RST (RFC 9293 section 3.6.1, RFC 1122 section 4.2.2.13).
   */
  public void shutdownInput(long now) {
    connection.calls().shutdownInput(now);
  }

  /**
   * The user reads no more: unread and future data is acknowledged and thrown away. With the output shut down too, the
   * connection does not stay in FIN-WAIT-2 for longer than the time-out after the peer's last data.
   */
  public void discardInput(long now) {
    connection.calls().discardInput(now);
  }

  /**
   * Ends the connection at once with RST where the state calls for one; everything held is released, also what a connection
   * that has ended before has left to be read.
   */
  public void abort(long now) {
    connection.calls().abort(now);
  }

  /** As {@link #abort}, but what was received in order can still be read, as after every end that is not the user's wish. */
  public void cutOff(long now) {
    connection.calls().cutOff(now);
  }

  /**
   * Changes the memory that unread data may hold, in bytes. A smaller capacity takes effect as data is received: the window
   * already promised stays.
   */
  public void receiveCapacity(int bytes) {
    connection.calls().receiveCapacity(bytes);
  }

  /**
   * Changes how many bytes are held that the peer has not acknowledged; they no longer grow with the path. What is held beyond a
   * smaller capacity stays.
   */
  public void sendCapacity(int bytes) {
    connection.parts().output.capacity(bytes);
  }

  /** Another congestion control, which goes on with the window that there is. */
  public void congestionControl(CongestionControl.Factory factory) {
    connection.calls().congestionControl(factory);
  }

  /**
   * Switches Nagle's algorithm off ({@code true}) or on; off lets what it held back go out at once (RFC 9293 section 3.7.4).
   */
  public void noDelay(boolean on, long now) {
    connection.calls().noDelay(on);
  }

  /**
   * Acknowledges the next segments at once ({@code true}), one that waits too, or lets acknowledgements wait for data of the
   * application or 40 ms. It holds until the connection's own judgement changes it; before the peer's SYN it does nothing.
   */
  public void quickAck(boolean on) {
    connection.calls().quickAck(on);
  }

  /**
   * Switches the probes of a silent peer on or off, from now on (RFC 9293 section 3.8.4).
   *
   * @param idle silence before the first probe, in nanoseconds
   * @param interval between the probes, in nanoseconds
   * @param probes how many stay unanswered before the connection ends; at least 1
   */
  public void keepAlive(boolean on, long idle, long interval, int probes, long now) {
    connection.keepAlive().set(on, idle, interval, probes, now);
  }

  /**
   * How long data may stay unacknowledged from now on, in nanoseconds, 0 for ever; what the peer announces no longer changes
   * it. Announced to the peer if the settings say so (RFC 5482).
   */
  public void userTimeout(long nanos, long now) {
    connection.calls().userTimeout(nanos, now);
  }

  /**
   * How long the connection stays in FIN-WAIT-2 once nobody reads any more, in nanoseconds; 0 for not at all. Takes effect
   * at once, from now on.
   */
  public void finWait2Timeout(long nanos, long now) {
    connection.calls().finWait2Timeout(nanos, now);
  }

  /**
   * What packets say from now on, as {@link WireSettings#trafficClass} and {@link WireSettings#hopLimit} (RFC 9293 MUST-48,
   * SHLD-21, MUST-49).
   */
  public void packetFields(int trafficClass, int hopLimit) {
    connection.parts().size.mark(trafficClass, hopLimit);
  }

  // ---- questions: to be asked after every input and command

  /**
   * The next segment to send at {@code now}, or {@code null}. The caller owns it and must send it: the sender's state has
   * moved. Its payload has headroom.
   */
  public @Nullable TcpSegment poll(long now) {
    return connection.poll(now);
  }

  /** When {@link #onTimeout} is to be called, in nanoseconds, or {@link #NO_DEADLINE}. */
  public long nextDeadline() {
    return connection.parts().deadlines.earliest();
  }

  /** The state of the connection. */
  public TcpState state() {
    return connection.state().name();
  }

  /** Why the connection ended; present exactly in CLOSED, and for an orderly close already in TIME-WAIT. */
  public @Nullable CloseCause closeCause() {
    return switch (connection.state()) {
      case State.Closed s -> s.cause();
      case State.TimeWait s -> CloseCause.FINISHED;
      case State.SynSent s -> null;
      case State.SynReceived s -> null;
      case State.Transfer s -> null;
    };
  }

  // ---- questions: data

  /** Free bytes in the send buffer; 0 once output is shut down or the connection is closed. */
  public int writableBytes() {
    return connection.parts().output.free();
  }

  /** Whether {@link #writableBytes} is 0 only because the host has no memory for more. */
  public boolean isShortOfMemory() {
    return connection.parts().output.isShortOfMemory();
  }

  /** Bytes of data accepted by {@link #write} since the beginning. */
  public long writtenBytes() {
    return connection.parts().output.written();
  }

  /** Bytes of data acknowledged by the peer since the beginning. */
  public long acknowledgedBytes() {
    return connection.parts().output.acknowledged();
  }

  /** In-order bytes that can be read. */
  public int readableBytes() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.readableBytes();
  }

  /**
   * Copies the next in-order bytes to the end of {@code target}, at most {@code maxBytes}; they can still be read.
   *
   * @return the number of bytes copied
   */
  public int peek(ByteBuf target, int maxBytes) {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.peek(target, maxBytes);
  }

  /** Whether the peer's FIN has arrived in order and everything before it was read. */
  public boolean isInputFinished() {
    Receiver receiver = connection.receiver();
    return receiver != null && receiver.isFinReceived() && receiver.readableBytes() == 0;
  }

  /** Whether our FIN was acknowledged. */
  public boolean isOutputFinished() {
    return connection.isOutputFinished();
  }

  /**
   * Bytes up to the end of the peer's urgent data that were not yet read; 0 if there is none. The data stays in line (RFC
   * 9293 section 3.8.5).
   */
  public int urgentBytes() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.urgentBytes();
  }

  /** The sequence number after the peer's latest urgent data; 0 before there was any. */
  public int urgentEnd() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.urgentEnd();
  }

  /** Bytes of memory held by unread and out-of-order data, with the free rest of their buffers and an overhead for each. */
  public int receiveMemory() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.memory();
  }

  // ---- questions: the rest

  /**
   * Segments that have come in so far and whose contents could not be used: not acceptable by their sequence number, timestamp or
   * acknowledgement, or too late. Some of them were answered.
   */
  public long discardedSegments() {
    return connection.discardedSegments();
  }

  /** The connection. */
  public FourTuple flow() {
    return connection.parts().setup.flow();
  }

  /** SND.NXT: the next sequence number to be sent. With {@link #rcvNxt} for who opens the same connection anew (RFC 6191). */
  public int sndNxt() {
    return connection.sndNxt();
  }

  /** RCV.NXT: the next sequence number expected; meaningful in synchronized states. */
  public int rcvNxt() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.rcvNxt();
  }

  /** Whether {@code seq} was sent and is not yet acknowledged, a SYN's number included. */
  public boolean isInFlight(int seq) {
    return connection.isInFlight(seq);
  }

  /**
   * Retransmission timeouts since the peer last acknowledged something new, one that a tail loss probe has replaced among them: from 3 on the path should be doubted (R1 of RFC
   * 9293 section 3.8.3).
   */
  public int consecutiveTimeouts() {
    return connection.state() instanceof State.Transfer s ? s.sender().unanswered() : 0;
  }

  /**
   * Largest packet that is known to pass, in bytes with its IP header; while larger ones are being searched for (RFC 4821), what
   * was known before.
   */
  public int pathMtu() {
    return connection.parts().size.settledMtu();
  }

  /** What the packets that carry this connection's segments are to say, now. */
  public PacketFields packetFields() {
    return connection.parts().size.packetFields();
  }

  /** How long data may stay unacknowledged, in nanoseconds; 0 for ever. */
  public long userTimeout() {
    return connection.parts().userTimeout.nanos();
  }

  /** The user timeout that the peer has announced last, in nanoseconds, whether it counts or not; 0 for none (RFC 5482). */
  public long peerUserTimeout() {
    return connection.parts().userTimeout.remote();
  }

  /** Whether the handshake of a passive open goes on while what came with the SYN can already be read (RFC 7413). */
  public boolean isFastOpen() {
    return connection.state() instanceof State.SynReceived s && s.handshake().fastOpen().isGranted();
  }

  /** Whether the SYN of an active open has a cookie, so that it takes along what is written before the first {@link #poll}. */
  public boolean isDataInSynAllowed() {
    return connection.state() instanceof State.SynSent s && s.handshake().fastOpen().isDataAllowed();
  }

  /** What an active open has learnt of the server's Fast Open. */
  public FastOpenResult fastOpenResult() {
    return connection.handshake().fastOpen().result(connection.handshake().agreement().peerMss());
  }

  /**
   * Whether the connection is in TIME-WAIT and {@code syn}, a segment with SYN and without ACK, RST, opens a newer one between
   * the same ends (RFC 6191 section 2, RFC 9293 MAY-2).
   */
  public boolean givesWayTo(TcpSegment syn) {
    return connection.givesWayTo(syn);
  }

  /** Whether the connection is in TIME-WAIT and may be opened anew from this side. */
  public boolean givesWay(long now) {
    return connection.givesWay(now);
  }

  /** How the connection stands at {@code now}; the numbers stay as they were at its end. */
  public TcpInfo info(long now) {
    return connection.info(now);
  }

  /** What the connection has been through. */
  public ConnectionHistory history() {
    return connection.history();
  }
}

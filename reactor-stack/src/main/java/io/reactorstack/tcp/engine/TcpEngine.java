package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Offload;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.tcp.model.WireSettings;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.TcpSegment;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection as a pure state machine (RFC 9293): it does no I/O and has no clock, no thread and no callbacks.
 * Every time argument is in nanoseconds of one clock that never runs backwards. Not thread-safe.
 *
 * <p>The methods are of three kinds. <em>Inputs</em> report events to the connection: a segment has arrived, a deadline
 * has passed, ICMP or the link reports a change. <em>Commands</em> carry out a call of the user: write, read, close.
 * <em>Questions</em> return what follows from them. After inputs or commands the owner asks the questions in this
 * order:
 *
 * <pre>{@code
 * TcpEngine engine = TcpEngine.connect(setup, now);
 *
 * // after any number of inputs and commands at one time:
 * engine.onSegment(segment, now);
 * engine.write(data, now);
 *
 * // 1. the segments to send; poll builds each one when it is called
 * for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
 *   send(s);
 * }
 * // 2. the time at which to call onTimeout
 * wakeAt(engine.nextDeadline());
 * // 3. what the user can do: readableBytes() and read(), writableBytes() and write(), isInputFinished()
 * // 4. whether the connection has ended
 * if (engine.state() == TcpState.CLOSED) {
 *   notifyUser(engine.closeCause());
 * }
 * }</pre>
 *
 * <p>The owner may stop calling {@code poll} before it returns {@code null}, for example when the device is full; the
 * remaining segments are built by later calls. After a read, {@code poll} may return a window update. Data that was
 * received in order can still be read after the connection has ended; {@link #abort} discards it. An owner that does
 * not read everything must call {@link #abort} in the end.
 */
public final class TcpEngine {

  /** The value of {@link #nextDeadline} when no timer is running. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  /** The host memory reserved for an established connection, in bytes, on links with segments of up to 2 KiB. */
  public static final long RESERVED_MEMORY = SendBuffer.RESERVE + (long) Receiver.MIN_RESERVE;

  /** A bit of {@link #takeChanges}: the state, or whether Fast Open allows use of the connection. */
  public static final int STATE_CHANGED = 1;

  /** A bit of {@link #takeChanges}: {@link #consecutiveTimeouts}. */
  public static final int TIMEOUTS_CHANGED = 1 << 1;

  /** A bit of {@link #takeChanges}: {@link #urgentEnd}. */
  public static final int URGENT_CHANGED = 1 << 2;

  final Connection connection;

  private TcpEngine(Connection connection) {
    this.connection = connection;
  }

  // ---- opening

  /** Opens a connection actively. The engine is in SYN-SENT and has a SYN to send. */
  public static TcpEngine connect(Setup setup, long now) {
    Connection connection = new Connection(setup, now);
    connection.connect(now);
    return new TcpEngine(connection);
  }

  /**
   * Opens a connection passively. The engine is in SYN-RECEIVED and has a SYN-ACK to send.
   *
   * @param syn a segment of this flow with SYN and without ACK or RST; the engine takes ownership of it
   */
  public static TcpEngine accept(Setup setup, TcpSegment syn, long now) {
    Connection connection = new Connection(setup, now);
    connection.listen(syn, now);
    return new TcpEngine(connection);
  }

  /**
   * Resumes a handshake from a SYN cookie. {@link CookieHandshake#synAck} answered {@code syn} earlier, with the
   * initial sequence number of {@code setup}, and kept no state. The caller then passes the segment that acknowledges
   * the SYN-ACK to {@link #onSegment}. The engine is in SYN-RECEIVED.
   */
  public static TcpEngine resume(Setup setup, TcpSegment syn, long now) {
    Connection connection = new Connection(setup, now);
    connection.listen(syn, now);
    connection.answered(now);
    return new TcpEngine(connection);
  }

  /**
   * Adds a Fast Open cookie to the SYN of an active open, together with the data that is written before the first
   * {@link #poll} (RFC 7413).
   *
   * @param cookie the server's cookie, or an empty array to request one
   * @param mss the server's MSS from an earlier connection, in bytes; it limits the data in the SYN
   */
  public void requestFastOpen(byte[] cookie, int mss) {
    connection.handshake().fastOpen().request(cookie, Math.min(mss, connection.parts().size.announced()));
  }

  /**
   * Answers the Fast Open option in the SYN of a passive open. Must be called before the first {@link #poll}.
   *
   * @param takesData whether the cookie is valid: the data of the SYN is acknowledged and can be read immediately
   * @param cookie a new cookie for the peer, or {@code null}
   */
  public void answerFastOpen(boolean takesData, byte @Nullable [] cookie) {
    connection.answerFastOpen(takesData, cookie);
  }

  // ---- inputs: events of the connection

  /** Processes a segment of this connection whose checksum has been verified. Takes ownership of it. */
  public void onSegment(TcpSegment segment, long now) {
    connection.onSegment(segment, now);
  }

  /**
   * Handles all timers that are due. The owner calls this when {@code now} has reached {@link #nextDeadline}; an early
   * call does nothing.
   */
  public void onTimeout(long now) {
    connection.onTimeout(now);
  }

  /**
   * Processes an ICMP error that quotes a segment of this connection (RFC 5927). The error is ignored unless
   * {@code quotedSeq} is in flight. A hard error ends a connection that is still opening; on any other connection it is
   * a soft error.
   */
  public void onIcmpError(CloseCause hardError, int quotedSeq, long now) {
    connection.pathReports().onIcmpError(hardError, quotedSeq, now);
  }

  /**
   * Reports that this host could not send a segment of the connection, because it has no route or the next hop does not
   * answer. Ends a connection that is still opening with {@code cause}; on any other connection it is a soft error.
   */
  public void onUnsendable(CloseCause cause, long now) {
    connection.pathReports().onUnsendable(cause, now);
  }

  /**
   * Processes a router's report that packets larger than {@code mtu} bytes do not pass (RFC 1191, RFC 8201). The report
   * is ignored unless {@code quotedSeq} is in flight, and delayed while acknowledgements of the peer contradict it (RFC
   * 5927 section 7.2). Segments in flight that are too large are sent again in smaller ones.
   */
  public void onPathMtu(int mtu, int quotedSeq, long now) {
    connection.pathReports().onPathMtu(mtu, quotedSeq, now);
  }

  /**
   * Reports that the outgoing link was down and is up again. If the retransmission timer expired meanwhile, one segment
   * is sent again immediately, and those timeouts do not lengthen the next ones.
   */
  public void onLinkUp(long now) {
    connection.onLinkUp(now);
  }

  /**
   * Sets the path MTU that another part of the host has found, in bytes; it may be larger or smaller than the present
   * one.
   */
  public void pathMtu(int mtu, long now) {
    connection.pathMtu(mtu, now);
  }

  // ---- commands: calls of the user

  /**
   * Accepts at most {@link #writableBytes} of {@code data} for sending and advances its reader index by the number of
   * bytes accepted. The engine retains or copies these bytes; the caller keeps its own reference.
   *
   * @return the number of bytes accepted; 0 if the send buffer is full or output is shut down
   */
  public int write(ByteBuf data, long now) {
    return connection.calls().write(data, false, false, now);
  }

  /**
   * As {@link #write(ByteBuf, long)}. If {@code more} is true, the caller will write again soon, and data that does not
   * fill a segment waits for that write or for the peer's next segment, but no longer than the override timeout of RFC
   * 9293 section 3.8.6.2.1.
   */
  public int write(ByteBuf data, boolean more, long now) {
    return connection.calls().write(data, more, false, now);
  }

  /**
   * As {@link #write(ByteBuf, long)}, but the accepted bytes are urgent data: until they are acknowledged, every
   * segment up to their end carries the URG flag (RFC 9293 section 3.8.5). New applications should not use urgent data
   * (SHLD-13), because peers and middleboxes treat it differently.
   */
  public int writeUrgent(ByteBuf data, long now) {
    return connection.calls().write(data, false, true, now);
  }

  /** Holds back data that does not fill a segment ({@code true}), or stops holding it back ({@code false}). */
  public void cork(boolean on, long now) {
    connection.calls().cork(on);
  }

  /**
   * Returns the next in-order bytes, at most {@code maxBytes}; the caller owns the buffer. This frees receive memory,
   * so the window may grow and {@link #poll} may return a window update.
   *
   * @return {@code null} if no bytes can be read
   */
  public @Nullable ByteBuf read(int maxBytes, long now) {
    Receiver receiver = connection.receiver();
    return receiver == null ? null : receiver.read(maxBytes, now);
  }

  /** Closes the output: a FIN follows the data in the send buffer. Further calls do nothing. */
  public void shutdownOutput(long now) {
    connection.calls().shutdownOutput(now);
  }

  /**
   * Closes the input: unread and future data is discarded. If the output is shut down too, data that arrives afterwards
   * is answered with a RST (RFC 9293 section 3.6.1, RFC 1122 section 4.2.2.13).
   */
  public void shutdownInput(long now) {
    connection.calls().shutdownInput(now);
  }

  /**
   * Stops reading without closing the input: unread and future data is acknowledged and discarded. If the output is
   * shut down too, the connection leaves FIN-WAIT-2 at the latest one timeout after the peer's last data.
   */
  public void discardInput(long now) {
    connection.calls().discardInput(now);
  }

  /**
   * Ends the connection immediately, with a RST where the state requires one. Releases everything the connection holds,
   * including unread data of a connection that ended before.
   */
  public void abort(long now) {
    connection.calls().abort(now);
  }

  /**
   * As {@link #abort}, but data that was received in order can still be read, as after any end that the user did not
   * request.
   */
  public void cutOff(long now) {
    connection.calls().cutOff(now);
  }

  /**
   * Sets the limit on the memory that unread data may hold, in bytes. A smaller capacity takes effect gradually as data
   * is received, because the window that was already advertised is not withdrawn.
   */
  public void receiveCapacity(int bytes) {
    connection.calls().receiveCapacity(bytes);
  }

  /**
   * Sets the limit on unacknowledged and unsent bytes in the send buffer. The buffer no longer grows with the
   * congestion window. Bytes already held beyond a smaller capacity are kept.
   */
  public void sendCapacity(int bytes) {
    connection.parts().output.capacity(bytes);
  }

  /** Replaces the congestion control. The new one continues with the present congestion window. */
  public void congestionControl(CongestionControl.Factory factory) {
    connection.calls().congestionControl(factory);
  }

  /**
   * Switches Nagle's algorithm off ({@code true}) or on. Switching it off lets the data that it held back leave
   * immediately (RFC 9293 section 3.7.4).
   */
  public void noDelay(boolean on, long now) {
    connection.calls().noDelay(on);
  }

  /**
   * Acknowledges the next segments immediately ({@code true}), including a delayed acknowledgement that is pending, or
   * lets acknowledgements wait for outgoing data or the delayed-acknowledgement timer. The setting holds until the
   * connection's own heuristic changes it. Does nothing before the peer's SYN has arrived.
   */
  public void quickAck(boolean on) {
    connection.calls().quickAck(on);
  }

  /**
   * Switches keep-alive probes on or off and sets their timing (RFC 9293 section 3.8.4).
   *
   * @param idle silence before the first probe, in nanoseconds
   * @param interval time between probes, in nanoseconds
   * @param probes number of unanswered probes after which the connection ends; at least 1
   */
  public void keepAlive(boolean on, long idle, long interval, int probes, long now) {
    connection.changedKeepAlive().set(on, idle, interval, probes, now);
  }

  /**
   * Sets how long data may stay unacknowledged, in nanoseconds; 0 means forever. After this call the peer's
   * announcements no longer change the timeout. It is announced to the peer if the settings say so (RFC 5482).
   */
  public void userTimeout(long nanos, long now) {
    connection.calls().userTimeout(nanos, now);
  }

  /**
   * Sets how long the connection stays in FIN-WAIT-2 after its input was closed or discarded, in nanoseconds; 0 ends it
   * without a wait. In FIN-WAIT-2 the time is counted from {@code now}.
   */
  public void finWait2Timeout(long nanos, long now) {
    connection.calls().finWait2Timeout(nanos, now);
  }

  /**
   * Sets the traffic class and the hop limit of outgoing packets, as in {@link WireSettings#trafficClass} and
   * {@link WireSettings#hopLimit} (RFC 9293 MUST-48, SHLD-21, MUST-49).
   */
  public void packetFields(int trafficClass, int hopLimit) {
    connection.parts().size.mark(trafficClass, hopLimit);
  }

  /**
   * Sets what the interface to the peer takes over: with {@link Offload#longestTcp} {@link #poll} may return a segment
   * that the interface cuts into several, with {@link Offload#checksums} one whose checksum the interface completes.
   */
  public void offload(Offload offload) {
    connection.parts().size.offload(offload);
  }

  // ---- questions: to be asked after every input and command

  /**
   * Returns the next segment to send at {@code now}, or {@code null}. The caller owns the segment and must send it,
   * because the sender's state already counts it as sent. Its payload has headroom.
   */
  public @Nullable TcpSegment poll(long now) {
    return connection.poll(now);
  }

  /** Returns whether {@link #poll} certainly returns {@code null} until the next input, command or deadline. */
  public boolean isExhausted() {
    return connection.departure().isExhausted();
  }

  /** Returns the time at which {@link #onTimeout} must be called, in nanoseconds, or {@link #NO_DEADLINE}. */
  public long nextDeadline() {
    return connection.parts().deadlines.earliest();
  }

  /** Returns which of the answers that seldom change may have changed since the last call; 0 after most segments. */
  public int takeChanges() {
    ConnectionParts parts = connection.parts();
    int changes = parts.changes;
    parts.changes = 0;
    return changes;
  }

  /** The state of the connection. */
  public TcpState state() {
    return connection.state().name();
  }

  /** Why the connection ended; {@code null} before CLOSED and before TIME-WAIT, which only an orderly close reaches. */
  public @Nullable CloseCause closeCause() {
    return State.causeOf(connection.state());
  }

  // ---- questions: data

  /** Free bytes in the send buffer; 0 once output is shut down or the connection is closed. */
  public int writableBytes() {
    return connection.parts().output.free();
  }

  /** Returns whether {@link #writableBytes} is 0 only because the host has no memory left. */
  public boolean isShortOfMemory() {
    return connection.parts().output.isShortOfMemory();
  }

  /** The total number of bytes that {@link #write} has accepted. */
  public long writtenBytes() {
    return connection.parts().output.written();
  }

  /** The total number of data bytes that the peer has acknowledged. */
  public long acknowledgedBytes() {
    return connection.parts().output.acknowledged();
  }

  /** The number of in-order bytes that can be read. */
  public int readableBytes() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.readableBytes();
  }

  /**
   * Copies the next in-order bytes to the end of {@code target}, at most {@code maxBytes}, without consuming them.
   *
   * @return the number of bytes copied
   */
  public int peek(ByteBuf target, int maxBytes) {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.peek(target, maxBytes);
  }

  /** Returns whether the peer's FIN has arrived in order and all data before it has been read. */
  public boolean isInputFinished() {
    Receiver receiver = connection.receiver();
    return receiver != null && receiver.isFinReceived() && receiver.readableBytes() == 0;
  }

  /** Returns whether the peer has acknowledged our FIN. */
  public boolean isOutputFinished() {
    return connection.isOutputFinished();
  }

  /**
   * Returns the number of unread bytes up to the end of the peer's urgent data; 0 if there is none. Urgent data stays
   * in line with other data (RFC 9293 section 3.8.5).
   */
  public int urgentBytes() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.urgentBytes();
  }

  /** The sequence number after the peer's latest urgent data; 0 if the peer has sent none. */
  public int urgentEnd() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.urgentEnd();
  }

  /**
   * The memory held by unread and out-of-order data, in bytes, including the unused part of each buffer and a fixed
   * overhead per buffer.
   */
  public int receiveMemory() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.memory();
  }

  // ---- questions: diagnostics

  /**
   * The number of received segments whose contents were not used: the sequence number, timestamp or acknowledgement was
   * not acceptable, or the connection had ended. Some of them were answered.
   */
  public long discardedSegments() {
    return connection.discardedSegments();
  }

  /** The time at which data was last sent or received, or the connection was created, in nanoseconds. */
  public long lastDataAt() {
    return connection.parts().counters.lastDataAt();
  }

  /** The time at which the connection was created, in nanoseconds. */
  public long openedAt() {
    return connection.recorder().openedAt();
  }

  /** The addresses and ports of the connection. */
  public FourTuple flow() {
    return connection.parts().setup.flow();
  }

  /**
   * SND.NXT: the next sequence number to be sent. With {@link #rcvNxt} it lets the owner open the same connection again
   * (RFC 6191).
   */
  public int sndNxt() {
    return connection.sndNxt();
  }

  /** RCV.NXT: the next sequence number expected from the peer; meaningful in synchronized states. */
  public int rcvNxt() {
    Receiver receiver = connection.receiver();
    return receiver == null ? 0 : receiver.rcvNxt();
  }

  /** Returns whether {@code seq} was sent and is not yet acknowledged. The sequence number of our SYN counts too. */
  public boolean isInFlight(int seq) {
    return connection.isInFlight(seq);
  }

  /**
   * The number of retransmission timeouts since the peer last acknowledged something new, including one that a tail
   * loss probe replaced. From 3 on the owner should doubt the path (R1 of RFC 9293 section 3.8.3).
   */
  public int consecutiveTimeouts() {
    return connection.state() instanceof State.Transfer s ? s.sender().unanswered() : 0;
  }

  /**
   * The largest packet known to pass, in bytes with its IP header. During a search for a larger size (RFC 4821) this is
   * the value from before the search.
   */
  public int pathMtu() {
    return connection.parts().size.settledMtu();
  }

  /** The IP header fields for packets that carry this connection's segments. */
  public PacketFields packetFields() {
    return connection.parts().size.packetFields();
  }

  /** The time that data may stay unacknowledged, in nanoseconds; 0 means forever. */
  public long userTimeout() {
    return connection.parts().userTimeout.nanos();
  }

  /**
   * The user timeout that the peer announced last, in nanoseconds, even if it is not adopted; 0 if it announced none
   * (RFC 5482).
   */
  public long peerUserTimeout() {
    return connection.parts().userTimeout.remote();
  }

  /**
   * Returns whether a passive open is still in its handshake, but the data of the SYN can already be read (RFC 7413).
   */
  public boolean isFastOpen() {
    return connection.state() instanceof State.SynReceived s && s.handshake().isFastOpenGranted();
  }

  /**
   * Returns whether the SYN of an active open has a cookie, so that it also carries the data written before the first
   * {@link #poll}.
   */
  public boolean isDataInSynAllowed() {
    return connection.state() instanceof State.SynSent s && s.handshake().isDataInSynAllowed();
  }

  /** Returns what the handshake of an active open showed about the server's Fast Open support. */
  public FastOpenResult fastOpenResult() {
    return connection.handshake().fastOpenResult();
  }

  /**
   * Returns whether the connection is in TIME-WAIT and {@code syn} opens a newer one between the same sockets (RFC 6191
   * section 2, RFC 9293 MAY-2).
   *
   * @param syn a segment with SYN and without ACK or RST
   */
  public boolean givesWayTo(TcpSegment syn) {
    return connection.givesWayTo(syn);
  }

  /** Returns whether the connection is in TIME-WAIT and this host may open a new one between the same sockets. */
  public boolean givesWay(long now) {
    return connection.givesWay(now);
  }

  /** Returns a snapshot of the connection at {@code now}; after its end, with the last values of the transfer. */
  public TcpInfo info(long now) {
    return connection.numbers(now).get();
  }

  /** Returns a snapshot without the numbers of sender and receiver, such as windows; may be called on any thread. */
  public TcpInfo firstInfo(long now) {
    return connection.firstNumbers(now).get();
  }

  /** As {@link #info}, but builds the snapshot when the result is used, on any thread, from the numbers of {@code now}. */
  public Supplier<TcpInfo> numbers(long now) {
    return connection.numbers(now);
  }

  /** The states that the connection has gone through, and its last segments. */
  public ConnectionHistory history() {
    return connection.recorder().get();
  }

  /** As {@link #history}, but builds the history when the result is used, on any thread. */
  public Supplier<ConnectionHistory> record() {
    return connection.recorder().copy();
  }
}

package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.HostMemory.Use;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a connection, from the peer's SYN on: RCV.NXT, the unread bytes, the receive window and its
 * limits.
 */
final class Receiver {

  private static final int OVERHEAD_SHARE = 32;

  /**
   * The memory reserved for the input of every connection, in bytes: two Ethernet segments with their overhead. That is
   * enough for the sender to get acknowledgements without delay. Linux reserves a page ({@code tcp_rmem[0]}).
   */
  static final int MIN_RESERVE = 2 * (1460 + ByteQueue.BUFFER_OVERHEAD);

  /** Upper limit on the reserve, in bytes, on links with long segments. */
  private static final int MAX_RESERVE = 16 * 1024;

  /**
   * The part of the host's free memory that the window does not promise, in bytes, because the segments that fill the
   * window also need memory for their buffers.
   */
  private static final int UNPROMISED = 2 * ByteQueue.BUFFER_OVERHEAD;

  private final int irs;
  private final HostMemory.Holding memory;
  private final ByteBufAllocator allocator;
  /** {@link ByteQueue#EMPTY} until the first bytes in order. */
  private ByteQueue unread = ByteQueue.EMPTY;
  /** {@link Reassembly#EMPTY} until the first segment out of order. */
  private Reassembly reassembly = Reassembly.EMPTY;
  private final ReceiveWindow window;
  private final AckPolicy acks;
  private final SelectiveAcks sacks;
  private final EcnEcho ecn;
  private final ConnectionParts parts;
  private final long createdAt;
  /** Created by the first data. */
  private @Nullable ReceiveTuning tuning;
  private int rcvNxt;
  private int lastAckSent;
  private boolean finSeen;
  private int finSeq;
  private boolean finReceived;
  private boolean discarding;
  /** True if memory was freed since the window was last advertised. */
  private boolean freed;
  private long received;
  private long taken;
  private long outOfOrder;
  private int rcvUp;
  private boolean urgent;

  /**
   * Creates the receiver from the peer's SYN.
   *
   * @param irs the peer's initial sequence number
   */
  Receiver(
      int irs, ConnectionParts parts, NegotiatedOptions agreement, ReceiveWindow window, AckPolicy acks, long now) {
    HostMemory host = parts.setup.memory();
    this.irs = irs;
    this.rcvNxt = irs + 1;
    this.lastAckSent = rcvNxt;
    this.memory = host.open();
    this.allocator = host.allocator();
    this.sacks = new SelectiveAcks(agreement.sack(), parts.settings.wire().duplicateSelectiveAcknowledgment());
    this.ecn = new EcnEcho(agreement.ecn());
    this.window = window;
    this.parts = parts;
    this.createdAt = now;
    this.acks = acks;
  }

  int irs() {
    return irs;
  }

  int rcvNxt() {
    return rcvNxt;
  }

  /** Last.ACK.sent of RFC 7323: the last acknowledgement number sent. */
  int lastAckSent() {
    return lastAckSent;
  }

  ReceiveWindow window() {
    return window;
  }

  AckPolicy acks() {
    return acks;
  }

  EcnEcho ecn() {
    return ecn;
  }

  /** The memory held by unread and out-of-order bytes, in bytes, with the overhead of their buffers. */
  int memory() {
    return unread.memory() + reassembly.memory();
  }

  /** RCV.WND for accepting segments: up to the furthest edge ever advertised (RFC 7323 section 2.4). */
  int acceptance() {
    return Math.max(0, window.edge() - rcvNxt);
  }

  /**
   * Returns whether a segment of {@code length} sequence numbers is acceptable (the four cases of RFC 9293 section
   * 3.10.7.4): it begins in the window, or before RCV.NXT and extends beyond it. The latter is accepted even if the
   * window is closed: its text will be cut off, but its acknowledgement is valid (the allowance of the same section).
   */
  boolean isAcceptable(int seq, int length) {
    int wnd = acceptance();
    return length == 0 && wnd == 0 && seq == rcvNxt
        || SequenceNumber.inRange(seq, rcvNxt, rcvNxt + wnd)
        || SequenceNumber.before(seq, rcvNxt) && SequenceNumber.after(seq + length, rcvNxt);
  }

  /**
   * Returns whether a segment that is not acceptable begins at the end of the window, or one octet further. Its text is
   * dropped, but its acknowledgement is as valid as that of a segment inside the window. A peer that has filled the
   * window sends its acknowledgements with that sequence number, and one octet further if it has probed a closed window
   * with an octet of new data.
   */
  boolean isAtEdge(int seq, int length) {
    int beyond = seq - (rcvNxt + acceptance());
    return beyond == 1 || beyond == 0 && !isAcceptable(seq, length);
  }

  /**
   * Processes the data and the FIN of an acceptable {@code segment} whose payload starts at {@code seq}. Reads the
   * payload but does not release it.
   */
  void onData(int seq, TcpSegment segment, long now) {
    ByteBuf payload = segment.payload();
    boolean fin = segment.has(TcpSegment.FIN);
    noteFin(seq + payload.readableBytes(), fin);
    int from = trim(seq, payload);
    int n = payload.readableBytes();
    if (from != rcvNxt) {
      onOutOfOrder(from, segment);
      memory.set(memory());
      return;
    }
    if (!discarding && !hasMemoryFor(n)) {
      // Treat it as lost on the path: the sender still has it. The acknowledgement shows the sender that the connection
      // is alive.
      acks.onDue();
      return;
    }
    if (n > 0 || isFinNext()) {
      acks.onAdvanced();
      sacks.onAdvanced();
    }
    if (from != seq) {
      onDuplicate(seq, from);
    }
    if (n > 0) {
      onInOrder(segment, now);
    }
    takeFin();
    memory.set(memory());
  }

  /** Returns whether the next expected sequence number is the peer's FIN. */
  private boolean isFinNext() {
    return finSeen && finSeq == rcvNxt;
  }

  private void takeFin() {
    if (isFinNext()) {
      finReceived = true;
      rcvNxt++;
      acks.onDue();
    }
  }

  /**
   * Returns whether the host has memory for the next {@code n} octets in order. May discard octets above a gap to free
   * memory.
   */
  private boolean hasMemoryFor(int n) {
    int needed = n - unread.room() + ByteQueue.BUFFER_OVERHEAD;
    if (n <= unread.room() || needed <= memory.room(Use.GROWTH)) {
      return true;
    }
    // RFC 2018 8: the receiver may discard data that it has reported; the sender keeps it until it is acknowledged.
    reassembly.prune(needed);
    memory.set(memory());
    // A connection that holds nothing may store one segment of any length, as long as the host has any memory.
    return needed <= memory.room(memory() == 0 ? Use.OPENING : Use.GROWTH);
  }

  /**
   * Processes a segment above a gap. An empty payload stands for the peer's FIN, which SACK reports by its own sequence
   * number.
   */
  private void onOutOfOrder(int from, TcpSegment segment) {
    ByteBuf payload = segment.payload();
    int segments = segment.count();
    int end = from + Math.max(1, payload.readableBytes());
    // Octets inside the advertised window are kept, although their buffers may cost a little more memory than it
    // promised.
    int budget = window.capacity() + window.capacity() / OVERHEAD_SHARE - memory();
    openReassembly();
    reassembly.insert(from, payload, (int) Math.min(budget, memory.room(Use.GROWTH)), window.edge());
    unread.trim(reassembly.gapAfter(rcvNxt));
    outOfOrder += segments;
    // With SACK, one acknowledgement reports all octets of merged segments; without, their number shows that they arrived.
    acks.onOutOfOrder(sacks.isPermitted() ? 1 : segments);
    if (sacks.isReportingDuplicates() && reassembly.duplicateStart() != reassembly.duplicateEnd()) {
      sacks.onDuplicate(reassembly.duplicateStart(), reassembly.duplicateEnd());
    } else {
      sacks.onOutOfOrder(from, end);
    }
  }

  private void onInOrder(TcpSegment segment, long now) {
    ByteBuf payload = segment.payload();
    int n = payload.readableBytes();
    int merged = segment.facts().segmentSize();
    int size = merged == 0 ? n : Math.min(n, merged);
    boolean gap = !reassembly.isEmpty() || finSeen && finSeq != rcvNxt + n;
    deliver(payload);
    if (gap) {
      // RFC 5681 4.2: acknowledge data that fills all or part of a gap immediately.
      acks.onDue();
    } else {
      acks.onInOrder(n, size, segment.has(TcpSegment.PSH), now);
    }
    tuning().onData(segment.options(), size >= acks.receiveMss(), rcvNxt, window.edge(), now);
  }

  /**
   * Returns whether the peer can have sent these octets: in a window that has passed, or up to one window's length
   * beyond the present one.
   */
  boolean isNear(int seq, int length) {
    int reach = Math.max(window.capacity(), ReceiveWindow.MAX_FIELD);
    return SequenceNumber.after(seq + length, rcvNxt - reach)
        && SequenceNumber.before(seq, SequenceNumber.later(rcvNxt, window.edge()) + reach);
  }

  /**
   * Acknowledges and drops {@code length} octets at {@code seq} that are not acceptable, usually because they were
   * received before.
   */
  void onRefused(int seq, int length) {
    acks.onRepeated();
    if (sacks.isReportingDuplicates() && SequenceNumber.before(seq, rcvNxt)) {
      acks.onOutOfOrder(1);
      sacks.onDuplicate(seq, SequenceNumber.earlier(seq + length, rcvNxt));
    } else {
      acks.onDue();
    }
  }

  /**
   * Reports that a part of a segment that advances RCV.NXT was received before. RFC 2883 4.2.3: if there are several
   * such parts, the first is reported.
   */
  private void onDuplicate(int start, int end) {
    acks.onDue();
    if (!sacks.isTriggered()) {
      sacks.onDuplicate(start, end);
    }
  }

  /** Stores the data and FIN of a SYN until the handshake is complete (RFC 9293 section 3.10.7.2). */
  void keepForLater(int seq, ByteBuf payload, boolean fin) {
    noteFin(seq + payload.readableBytes(), fin);
    trim(seq, payload);
    if (payload.isReadable()) {
      openReassembly();
      reassembly.insert(seq, payload, (int) Math.min(window.capacity(), memory.room(Use.GROWTH)), window.edge());
    }
    memory.set(memory());
  }

  /** Moves the data of the SYN into the stream: the handshake is complete. */
  void onEstablished() {
    if (takeReassembled() > 0) {
      acks.onDue();
    }
    takeFin();
    memory.set(memory());
  }

  /** Reserves memory, so that the connection can always receive a little. */
  void reserve() {
    memory.reserve(Math.clamp(2L * (window.segmentSize() + ByteQueue.BUFFER_OVERHEAD), MIN_RESERVE, MAX_RESERVE));
  }

  /** Releases the reserve: no more data will arrive. */
  void endReserve() {
    memory.reserve(0);
  }

  private void noteFin(int at, boolean fin) {
    // A FIN beyond the window is ignored; of two FINs that disagree the first counts.
    if (fin
        && !finSeen
        && SequenceNumber.before(at, window.edge())
        && (reassembly.isEmpty() || SequenceNumber.afterOrAt(at, reassembly.end()))) {
      finSeen = true;
      finSeq = at;
    }
  }

  /**
   * Cuts off octets that were received before, that are beyond the window, or that are beyond the FIN. Returns the new
   * start.
   */
  private int trim(int seq, ByteBuf payload) {
    int known = Math.clamp(rcvNxt - seq, 0, payload.readableBytes());
    payload.skipBytes(known);
    int from = seq + known;
    int n = payload.readableBytes();
    int limit = finSeen ? SequenceNumber.earlier(window.edge(), finSeq) : window.edge();
    int excess = Math.clamp(from + n - limit, 0, n);
    payload.writerIndex(payload.writerIndex() - excess);
    return from;
  }

  /**
   * Appends {@code payload} and adjacent out-of-order data to the stream. Of octets received twice, the first are kept.
   */
  private void deliver(ByteBuf payload) {
    while (payload.isReadable()) {
      int from = rcvNxt;
      int n = Math.min(payload.readableBytes(), reassembly.gapAfter(rcvNxt));
      if (discarding) {
        payload.skipBytes(n);
      } else {
        // Checked again for each part: out-of-order octets may have filled the chunk that had space for it.
        if (!hasMemoryFor(n)) {
          return;
        }
        // Allocate memory ahead of need for what the peer may still send, however small its segments are, but not for
        // octets that already have memory, at the end of the queue or beyond a gap.
        int free = Math.max(window.capacity() - memory(), window.edge() - rcvNxt);
        int due = Math.min(free, reassembly.gapAfter(rcvNxt)) - Math.min(n, unread.room());
        openUnread();
        if (!unread.adopt(payload, n)) {
          unread.append(payload, n, (int) Math.min(due + ByteQueue.BUFFER_OVERHEAD, memory.room(Use.GROWTH)));
        }
      }
      rcvNxt += n;
      int twice = Math.min(takeReassembled(), payload.readableBytes());
      received += n;
      if (twice > 0) {
        payload.skipBytes(twice);
        onDuplicate(from + n, from + n + twice);
      }
    }
  }

  private void openReassembly() {
    if (reassembly == Reassembly.EMPTY) {
      reassembly = new Reassembly(allocator);
    }
  }

  private void openUnread() {
    if (unread == ByteQueue.EMPTY) {
      unread = new ByteQueue(allocator);
    }
  }

  private int takeReassembled() {
    if (reassembly.isEmpty()) {
      return 0;
    }
    openUnread();
    int filled = reassembly.takeInOrder(rcvNxt, unread);
    if (discarding) {
      unread.release();
    }
    rcvNxt += filled;
    received += filled;
    return filled;
  }

  /**
   * Processes an urgent pointer: the peer's urgent data ends before {@code up} (RFC 9293 section 3.8.5). The data stays
   * in line.
   */
  void onUrgent(int up) {
    // RFC 9293 3.10.7.4: URG is ignored after the peer's FIN.
    if (!finReceived && SequenceNumber.after(up, rcvNxt) && (!urgent || SequenceNumber.after(up, rcvUp))) {
      urgent = true;
      rcvUp = up;
    }
  }

  /** The number of unread bytes up to the end of the peer's urgent data; 0 if there is none. */
  int urgentBytes() {
    if (!urgent) {
      return 0;
    }
    int end = finReceived ? rcvNxt - 1 : rcvNxt;
    return Math.max(0, rcvUp - (end - unread.length()));
  }

  /** RCV.UP; 0 if the peer has sent no urgent data. */
  int urgentEnd() {
    return urgent ? rcvUp : 0;
  }

  @Nullable
  ByteBuf read(int max, long now) {
    if (unread.length() == 0 || max <= 0) {
      return null;
    }
    freed = true;
    ByteBuf data = unread.take(max);
    taken += data.readableBytes();
    memory.set(memory());
    int wanted = tuning().onRead(taken, window.capacity(), now);
    if (!memory.isUnderPressure()) {
      window.capacity(wanted);
    }
    return data;
  }

  private ReceiveTuning tuning() {
    ReceiveTuning known = tuning;
    if (known == null) {
      known = new ReceiveTuning(
          parts.timestamps, window.capacity(), parts.capacity.most(), window.segmentSize(), createdAt);
      tuning = known;
    }
    return known;
  }

  /** The round-trip time as the receiver measures it, in nanoseconds; 0 while it is not known. */
  long roundTrip() {
    return tuning == null ? 0 : tuning.roundTrip();
  }

  /** The number of segments that arrived above a gap. */
  long outOfOrder() {
    return outOfOrder;
  }

  /** Copies unread bytes to {@code target} without consuming them. */
  int peek(ByteBuf target, int max) {
    int n = Math.clamp(max, 0, unread.length());
    unread.copyTo(0, n, target);
    return n;
  }

  /** The total number of data bytes received in order. */
  long received() {
    return received;
  }

  /** Sets the memory that unread data may hold to {@code bytes}, as the user requested. */
  void capacity(int bytes) {
    tuning().stop();
    freed |= bytes > window.capacity();
    window.capacity(bytes);
  }

  int readableBytes() {
    return unread.length();
  }

  boolean isFinReceived() {
    return finReceived;
  }

  /**
   * Discards unread data and all data that follows, because the user no longer reads. Data above a gap is kept, because
   * SACK may have reported it to the peer (RFC 2018 section 8).
   */
  void discard() {
    freed |= unread.length() > 0;
    discarding = true;
    unread.release();
    memory.set(memory());
  }

  /** Returns the window field of the next segment, which carries the newest acknowledgement. */
  int advertise(boolean pure, long now) {
    lastAckSent = rcvNxt;
    freed = false;
    acks.onSent(pure, now);
    return window.advertise(rcvNxt, unavailable());
  }

  /** Returns the window field of our SYN-ACK. */
  int advertiseUnscaled(long now) {
    lastAckSent = rcvNxt;
    acks.onSent(true, now);
    return window.advertiseUnscaled(rcvNxt, memory.isUnderPressure() ? MIN_RESERVE : ReceiveWindow.MAX_FIELD);
  }

  /** Adds the selective acknowledgement to the options of the next segment. */
  TcpOptions options(TcpOptions options) {
    return sacks.addTo(options, reassembly);
  }

  /** The option bytes of the selective acknowledgement in the next segment, which reduce its data. */
  int optionBytes(boolean timestamps) {
    return sacks.optionBytes(timestamps, reassembly);
  }

  /** Returns whether the window has opened so far that the peer must get an update. */
  boolean isWindowUpdateDue() {
    // RFC 5681 4.2: only this acknowledgement is sent without a segment that requires one.
    return freed && !finReceived && window.isUpdateDue(rcvNxt, unavailable());
  }

  /** The part of the capacity that cannot be advertised: memory held, or memory that the host does not have. */
  private int unavailable() {
    long room = memory.room(Use.GROWTH) - UNPROMISED;
    return Math.max(memory(), Math.clamp(window.capacity() - room, 0, window.capacity()));
  }

  void release() {
    unread.release();
    onEnd();
  }

  /** Ends reception: releases everything except the bytes that can be read. */
  void onEnd() {
    reassembly.release();
    memory.reserve(0);
    memory.set(memory());
  }
}

package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.HostMemory.Use;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** The receiving half of a connection, from the peer's SYN on: RCV.NXT, the unread bytes, the window and its law. */
final class Receiver {

  private static final int OVERHEAD_SHARE = 32;

  /**
   * Memory that a connection can always have for its input, in octets: two segments of Ethernet with their overhead, as much as lets
   * a sender's acknowledgements come without delay. Linux has a page, in {@code tcp_rmem[0]}.
   */
  static final int LEAST_RESERVE = 2 * (1460 + ByteQueue.BUFFER_OVERHEAD);

  /** More is not kept in reserve on links with long segments. */
  private static final int MOST_RESERVE = 16 * 1024;

  /** Of what the host has room for so much is not promised: the segments that fill it come in buffers. */
  private static final int UNPROMISED = 2 * ByteQueue.BUFFER_OVERHEAD;

  private final int irs;
  private final HostMemory.Holding memory;
  private final ByteQueue unread;
  private final Reassembly reassembly;
  private final ReceiveWindow window;
  private final AckPolicy acks;
  private final SelectiveAcks sacks;
  private final EcnEcho ecn;
  private final ReceiveTuning tuning;
  private int rcvNxt;
  private int lastAckSent;
  private boolean finSeen;
  private int finSeq;
  private boolean finReceived;
  private boolean discarding;
  /** Whether memory was freed since the window was last advertised. */
  private boolean freed;
  private long received;
  private long taken;
  private long outOfOrder;
  private int rcvUp;
  private boolean urgent;

  /**
   * Begins with the peer's SYN.
   *
   * @param irs the peer's initial sequence number
   */
  Receiver(
      int irs, Parts parts, Agreement agreement, ReceiveWindow window, ReceiveTuning tuning, AckPolicy acks) {
    HostMemory host = parts.setup.memory();
    this.irs = irs;
    this.rcvNxt = irs + 1;
    this.lastAckSent = rcvNxt;
    this.memory = host.open();
    this.unread = new ByteQueue(host.allocator());
    this.reassembly = new Reassembly(host.allocator());
    this.sacks = new SelectiveAcks(
        reassembly, agreement.sack(), parts.settings.wire().duplicateSelectiveAcknowledgment());
    this.ecn = new EcnEcho(agreement.ecn());
    this.window = window;
    this.tuning = tuning;
    this.acks = acks;
  }

  int irs() {
    return irs;
  }

  int rcvNxt() {
    return rcvNxt;
  }

  /** The acknowledgement number last sent: Last.ACK.sent of RFC 7323. */
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

  /** Memory held: unread bytes and out-of-order bytes with what surrounds them. */
  int memory() {
    return unread.memory() + reassembly.memory();
  }

  /** RCV.WND by which segments are accepted: up to the furthest edge ever advertised (RFC 7323 section 2.4). */
  int acceptance() {
    return Math.max(0, window.edge() - rcvNxt);
  }

  /**
   * The four cases of RFC 9293 section 3.10.7.4 for a segment of {@code length} sequence numbers: it begins in the window, or
   * before RCV.NXT and goes beyond it. The latter counts for a closed window too: its text will be cut off, but its
   * acknowledgement is valid (the allowance of the same section).
   */
  boolean isAcceptable(int seq, int length) {
    int wnd = acceptance();
    return length == 0 && wnd == 0 && seq == rcvNxt
        || SequenceNumber.inRange(seq, rcvNxt, rcvNxt + wnd)
        || SequenceNumber.before(seq, rcvNxt) && SequenceNumber.after(seq + length, rcvNxt);
  }

  /**
   * Whether a segment that is not acceptable begins where the window ends, or one octet behind: its text is refused, but what
   * it acknowledges is as valid as that of its neighbour to the left. A peer that has filled the window numbers its
   * acknowledgements so, and one octet further if it probes a closed window with an octet of new data.
   */
  boolean isAtEdge(int seq, int length) {
    int beyond = seq - (rcvNxt + acceptance());
    return beyond == 1 || beyond == 0 && !isAcceptable(seq, length);
  }

  /**
   * The data and the FIN of an acceptable {@code segment} whose payload starts at {@code seq}; the payload is read but not
   * released.
   */
  void onData(int seq, TcpSegment segment, long now) {
    ByteBuf payload = segment.payload();
    boolean fin = segment.has(TcpSegment.FIN);
    noteFin(seq + payload.readableBytes(), fin);
    int from = trim(seq, payload);
    int n = payload.readableBytes();
    if (from != rcvNxt) {
      onOutOfOrder(from, payload);
      memory.set(memory());
      return;
    }
    if (!discarding && !hasMemoryFor(n)) {
      // As if it was lost on the way: its sender still has it. The answer tells it that the connection lives.
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

  /** Whether the peer's FIN is the next that is expected. */
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

  /** Whether the host has memory for {@code n} octets that are next in line, perhaps in place of octets above a gap. */
  private boolean hasMemoryFor(int n) {
    int needed = n - unread.room() + ByteQueue.BUFFER_OVERHEAD;
    if (n <= unread.room() || needed <= memory.room(Use.GROWTH)) {
      return true;
    }
    // RFC 2018 8: the receiver may discard what it has reported; the sender keeps it until it is acknowledged.
    reassembly.prune(needed);
    memory.set(memory());
    // Whoever holds nothing may have one segment, however long, as long as there is any memory.
    return needed <= memory.room(memory() == 0 ? Use.OPENING : Use.GROWTH);
  }

  /** A segment above a gap; without {@code payload} it is the peer's FIN, which is reported by its own number. */
  private void onOutOfOrder(int from, ByteBuf payload) {
    int end = from + Math.max(1, payload.readableBytes());
    // What was promised is kept, though its buffers may cost a little more than the promise.
    int budget = window.capacity() + window.capacity() / OVERHEAD_SHARE - memory();
    reassembly.insert(from, payload, (int) Math.min(budget, memory.room(Use.GROWTH)), window.edge());
    unread.trim(reassembly.gapAfter(rcvNxt));
    outOfOrder++;
    acks.onOutOfOrder();
    if (sacks.isReportingDuplicates() && reassembly.duplicateStart() != reassembly.duplicateEnd()) {
      sacks.onDuplicate(reassembly.duplicateStart(), reassembly.duplicateEnd());
    } else {
      sacks.onOutOfOrder(from, end);
    }
  }

  private void onInOrder(TcpSegment segment, long now) {
    ByteBuf payload = segment.payload();
    int n = payload.readableBytes();
    boolean gap = !reassembly.isEmpty() || finSeen && finSeq != rcvNxt + n;
    deliver(payload);
    if (gap) {
      // RFC 5681 4.2: data that fills all or part of a gap.
      acks.onDue();
    } else {
      acks.onInOrder(n, segment.has(TcpSegment.PSH), now);
    }
    tuning.onData(segment.options(), n >= acks.receiveMss(), rcvNxt, window.edge(), now);
  }

  /** Whether the peer can have sent this before, or beyond a window that it has misunderstood by as much again. */
  boolean isNear(int seq, int length) {
    int reach = Math.max(window.capacity(), ReceiveWindow.MAX_FIELD);
    return SequenceNumber.after(seq + length, rcvNxt - reach)
        && SequenceNumber.before(seq, SequenceNumber.later(rcvNxt, window.edge()) + reach);
  }

  /** What {@code length} octets at {@code seq} bring was received before: they are answered and dropped. */
  void onRefused(int seq, int length) {
    acks.onRepeated();
    if (sacks.isReportingDuplicates() && SequenceNumber.before(seq, rcvNxt)) {
      acks.onOutOfOrder();
      sacks.onDuplicate(seq, SequenceNumber.earlier(seq + length, rcvNxt));
    } else {
      acks.onDue();
    }
  }

  /** A part of a segment that advances the stream came before; RFC 2883 4.2.3: the first of several is reported. */
  private void onDuplicate(int start, int end) {
    acks.onDue();
    if (!sacks.isTriggered()) {
      sacks.onDuplicate(start, end);
    }
  }

  /** Keeps what came with a SYN until the handshake is over (RFC 9293 section 3.10.7.2). */
  void keepForLater(int seq, ByteBuf payload, boolean fin) {
    noteFin(seq + payload.readableBytes(), fin);
    trim(seq, payload);
    reassembly.insert(seq, payload, (int) Math.min(window.capacity(), memory.room(Use.GROWTH)), window.edge());
    memory.set(memory());
  }

  /** The handshake is over: what came with the SYN is now part of the stream. */
  void onEstablished() {
    if (takeReassembled() > 0) {
      acks.onDue();
    }
    takeFin();
    memory.set(memory());
  }

  /** The connection is one: it can always receive a little. */
  void reserve() {
    memory.reserve(Math.clamp(2L * (window.segmentSize() + ByteQueue.BUFFER_OVERHEAD), LEAST_RESERVE, MOST_RESERVE));
  }

  /** Nothing more will come. */
  void endReserve() {
    memory.reserve(0);
  }

  private void noteFin(int at, boolean fin) {
    // A FIN beyond the window is trimmed away; of two that disagree the first counts.
    if (fin
        && !finSeen
        && SequenceNumber.before(at, window.edge())
        && (reassembly.isEmpty() || SequenceNumber.afterOrAt(at, reassembly.end()))) {
      finSeen = true;
      finSeq = at;
    }
  }

  /** Cuts off what was received before, what is beyond the window and what is beyond the FIN; returns the new start. */
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

  /** Appends {@code payload} to the stream, and what was received before it came: of octets received twice the first stay. */
  private void deliver(ByteBuf payload) {
    while (payload.isReadable()) {
      int from = rcvNxt;
      int n = Math.min(payload.readableBytes(), reassembly.gapAfter(rcvNxt));
      if (discarding) {
        payload.skipBytes(n);
      } else {
        // Octets from above the gap have filled the chunk that was to take the rest.
        if (!hasMemoryFor(n)) {
          return;
        }
        // Memory is taken ahead of need for what the peer may still send, however small its segments; not for what has
        // its place already, at the end of the queue or beyond a gap.
        int free = Math.max(window.capacity() - memory(), window.edge() - rcvNxt);
        int due = Math.min(free, reassembly.gapAfter(rcvNxt)) - Math.min(n, unread.room());
        unread.append(payload, n, (int) Math.min(due + ByteQueue.BUFFER_OVERHEAD, memory.room(Use.GROWTH)));
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

  private int takeReassembled() {
    int filled = reassembly.takeInOrder(rcvNxt, unread);
    if (discarding) {
      unread.release();
    }
    rcvNxt += filled;
    received += filled;
    return filled;
  }

  /** The urgent data of the peer ends before {@code up} (RFC 9293 section 3.8.5); the data stays in line. */
  void onUrgent(int up) {
    // RFC 9293 3.10.7.4: after the peer's FIN it is ignored.
    if (!finReceived && SequenceNumber.after(up, rcvNxt) && (!urgent || SequenceNumber.after(up, rcvUp))) {
      urgent = true;
      rcvUp = up;
    }
  }

  /** Bytes not yet read up to the end of the peer's urgent data; 0 if there is none. */
  int urgentBytes() {
    if (!urgent) {
      return 0;
    }
    int end = finReceived ? rcvNxt - 1 : rcvNxt;
    return Math.max(0, rcvUp - (end - unread.length()));
  }

  /** RCV.UP; 0 before there was urgent data. */
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
    int wanted = tuning.onRead(taken, window.capacity(), now);
    if (!memory.isUnderPressure()) {
      window.capacity(wanted);
    }
    return data;
  }

  /** The round-trip time as the receiver sees it, in nanoseconds; 0 while it is not known. */
  long roundTrip() {
    return tuning.roundTrip();
  }

  /** Segments that arrived above a gap. */
  long outOfOrder() {
    return outOfOrder;
  }

  /** Copies unread bytes to {@code target} and keeps them. */
  int peek(ByteBuf target, int max) {
    int n = Math.clamp(max, 0, unread.length());
    unread.copyTo(0, n, target);
    return n;
  }

  /** Data received in order since the beginning. */
  long received() {
    return received;
  }

  /** Unread data may now hold {@code bytes} of memory, by the user's wish. */
  void capacity(int bytes) {
    tuning.stop();
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
   * Nobody reads any more: unread data is thrown away. Data above a gap is kept, for the peer may have been told that it is
   * here (RFC 2018 section 8).
   */
  void discard() {
    freed |= unread.length() > 0;
    discarding = true;
    unread.release();
    memory.set(memory());
  }

  /** The window field for a segment that is sent now with the newest acknowledgement. */
  int advertise(boolean pure, long now) {
    lastAckSent = rcvNxt;
    freed = false;
    acks.onSent(pure, now);
    return window.advertise(rcvNxt, unavailable());
  }

  /** The window field of our SYN-ACK. */
  int advertiseUnscaled(long now) {
    lastAckSent = rcvNxt;
    acks.onSent(true, now);
    return window.advertiseUnscaled(rcvNxt, memory.isUnderPressure() ? LEAST_RESERVE : ReceiveWindow.MAX_FIELD);
  }

  /** The options of a segment that is sent now, with the selective acknowledgement. */
  TcpOptions options(TcpOptions options) {
    return sacks.addTo(options);
  }

  /** Bytes that the selective acknowledgement takes from the data of the next segment. */
  int optionBytes(boolean timestamps) {
    return sacks.optionBytes(timestamps);
  }

  /** Whether the peer waits for a window that has opened. */
  boolean isWindowUpdateDue() {
    // RFC 5681 4.2: other than this, nothing is sent that no segment has asked for.
    return freed && !finReceived && window.isUpdateDue(rcvNxt, unavailable());
  }

  /** What of the capacity cannot be promised anew: memory held, or that the host does not have. */
  private int unavailable() {
    long room = memory.room(Use.GROWTH) - UNPROMISED;
    return Math.max(memory(), Math.clamp(window.capacity() - room, 0, window.capacity()));
  }

  void release() {
    unread.release();
    onEnd();
  }

  /** Nothing more will come: releases all but the bytes that can be read. */
  void onEnd() {
    reassembly.release();
    memory.reserve(0);
    memory.set(memory());
  }
}

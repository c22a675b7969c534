package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The memory that one host holds for its traffic: where its buffers come from, and the account of what it holds against a limit.
 *
 * <p>Connections, sockets and queues each open a {@link Holding} and keep it at the octets that they really hold: whole chunks with
 * their free rest and an overhead for the objects around them. What a holding has in reserve is charged from the beginning, so
 * that its owner can always have it. Everything beyond competes for three quarters of the limit: the last quarter is for
 * new connections and for their reserves, so that whoever holds little is served although others hold much.
 *
 * <p>The role is that of Linux's {@code tcp_mem} and {@code udp_mem}. Changed on the host's loop only; the numbers may be read on
 * any thread.
 */
public final class HostMemory {

  /** The smallest limit, in octets: enough for a hundred connections. */
  public static final long LEAST_LIMIT = 1L << 20;

  /** Octets charged for a buffer beside its content: the objects around it. */
  public static final int BUFFER_OVERHEAD = 128;

  /** Memory that may lie idle beside the content of one buffer, in octets. */
  public static final int WORTH_WASTING = 4096;

  private static final int SHARES = 4;

  /** A woken waiter takes about this much, so that no more are woken than find room. */
  private static final long OCTETS_PER_WAITER = 16 * 1024;

  private static final VarHandle HELD;
  private static final VarHandle PEAK;

  static {
    try {
      HELD = MethodHandles.lookup().findVarHandle(HostMemory.class, "held", long.class);
      PEAK = MethodHandles.lookup().findVarHandle(HostMemory.class, "peak", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** A use of memory, with the share of the limit up to which the host may be filled for it. */
  public enum Use {
    /**
     * Data beyond the reserves, sent and received, and new promises of a window. Up to three quarters; above that the host is under
     * pressure.
     */
    GROWTH(3),
    /** New connections and sockets, with what they have in reserve. Up to the limit. */
    OPENING(4);

    private final int share;

    Use(int share) {
      this.share = share;
    }
  }

  private final ByteBufAllocator allocator;
  private final long limit;
  private final Set<Runnable> waiting = new LinkedHashSet<>();
  private long held;
  private long peak;

  /**
   * Memory of at most {@code limit} octets, whose buffers come from {@code allocator}.
   *
   * @throws IllegalArgumentException if the limit is below {@link #LEAST_LIMIT}
   */
  public HostMemory(ByteBufAllocator allocator, long limit) {
    if (limit < LEAST_LIMIT) {
      throw new IllegalArgumentException("memory limit " + limit + " octets, not at least " + LEAST_LIMIT);
    }
    this.allocator = allocator;
    this.limit = limit;
  }

  /** Memory without a limit, for a protocol machine that is used without a host. */
  public static HostMemory unlimited(ByteBufAllocator allocator) {
    return new HostMemory(allocator, Long.MAX_VALUE);
  }

  /** Where buffers come from. */
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /** The limit, in octets. */
  public long limit() {
    return limit;
  }

  /** Octets held now, reserves included. */
  public long held() {
    return (long) HELD.getOpaque(this);
  }

  /** The most octets that were ever held. */
  public long peak() {
    return (long) PEAK.getOpaque(this);
  }

  /** Whether more than three quarters of the limit are held: nothing grows. */
  public boolean isUnderPressure() {
    return room(Use.GROWTH) == 0;
  }

  /** Octets that can still be taken for {@code use}. */
  public long room(Use use) {
    return Math.max(0, limit / SHARES * use.share - held);
  }

  /** The text of an error for what finds no room. */
  public String refusal() {
    return "No buffer space available: the host holds " + held() + " octets of its memory limit of " + limit
        + " (StackConfiguration.memoryLimit)";
  }

  /** Opens a holding without octets and without reserve. */
  public Holding open() {
    return new Holding();
  }

  private void add(long octets) {
    long now = held + octets;
    HELD.setOpaque(this, now);
    if (now > peak) {
      PEAK.setOpaque(this, now);
    }
  }

  /**
   * Remembers {@code waiter}, which wants to grow and could not: {@link #relieve} runs it once when there is room again, those that
   * have waited longest first.
   */
  public void await(Runnable waiter) {
    waiting.add(waiter);
  }

  /** Takes {@link #await} back. */
  public void forget(Runnable waiter) {
    waiting.remove(waiter);
  }

  /** Whether {@link #relieve} has a waiter to run. */
  public boolean isReliefDue() {
    return !waiting.isEmpty() && !isUnderPressure();
  }

  /** Runs as many waiters as are likely to find room. Those that wait again come after the others. */
  public void relieve() {
    if (!isReliefDue()) {
      return;
    }
    long most = 1 + room(Use.GROWTH) / OCTETS_PER_WAITER;
    for (long n = Math.min(most, waiting.size()); n > 0; n--) {
      Runnable first = waiting.iterator().next();
      waiting.remove(first);
      first.run();
    }
  }

  /**
   * Octets of memory that live as long as {@code buffer}: of a slice, the whole of what it is a part of, with the overhead of one
   * buffer.
   */
  public static long pinnedBy(ByteBuf buffer) {
    ByteBuf root = buffer;
    for (ByteBuf under = root.unwrap(); under != null; under = root.unwrap()) {
      root = under;
    }
    if (!(root instanceof CompositeByteBuf parts)) {
      return (long) root.capacity() + BUFFER_OVERHEAD;
    }
    long sum = BUFFER_OVERHEAD;
    for (int i = 0; i < parts.numComponents(); i++) {
      sum += pinnedBy(parts.internalComponent(i));
    }
    return sum;
  }

  /**
   * {@code buffer} itself, or a copy in its place if it holds much more memory than it has content: as a slice of a large chunk that
   * nobody else needs any more.
   */
  public ByteBuf compact(ByteBuf buffer) {
    int content = buffer.readableBytes();
    if (pinnedBy(buffer) - content <= Math.max(content, WORTH_WASTING)) {
      return buffer;
    }
    ByteBuf copy = allocator.directBuffer(content, content).writeBytes(buffer, buffer.readerIndex(), content);
    buffer.release();
    return copy;
  }

  /** The memory that one connection, socket or queue holds. */
  public final class Holding {

    private long octets;
    private long reserve;

    private Holding() {}

    /** Octets held. */
    public long octets() {
      return octets;
    }

    /** So many octets are held from now on; beyond what there is room for if so it is. */
    public void set(long now) {
      long change = Math.max(now, reserve) - Math.max(octets, reserve);
      octets = now;
      if (change != 0) {
        add(change);
      }
    }

    /** So many octets are charged from now on though less may be held: the owner can always have them. */
    public void reserve(long least) {
      long change = Math.max(octets, least) - Math.max(octets, reserve);
      reserve = least;
      if (change != 0) {
        add(change);
      }
    }

    /** Octets that can be taken in addition for {@code use}, what is left of the reserve included. */
    public long room(Use use) {
      return Math.max(0, reserve - octets) + HostMemory.this.room(use);
    }

    /** Whether the host is under pressure. */
    public boolean isUnderPressure() {
      return HostMemory.this.isUnderPressure();
    }

    /** Takes {@code buffer} in if there is room for it; whoever holds nothing may have one buffer up to the limit. */
    public boolean take(ByteBuf buffer) {
      long more = pinnedBy(buffer);
      boolean fits = more <= room(octets == 0 ? Use.OPENING : Use.GROWTH);
      if (fits) {
        set(octets + more);
      }
      return fits;
    }

    /** {@code buffer}, which was taken in and not changed since, is held no more. */
    public void give(ByteBuf buffer) {
      set(octets - pinnedBy(buffer));
    }

    /** Nothing is held and nothing reserved any more. */
    public void close() {
      reserve(0);
      set(0);
    }
  }
}

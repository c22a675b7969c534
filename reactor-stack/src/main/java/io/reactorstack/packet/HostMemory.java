package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The memory account of one host: the allocator of its buffers, and the octets that its traffic holds against a limit.
 *
 * <p>Connections, sockets and queues each open a {@link Holding} and report the octets that they really hold: whole
 * chunks, including their unused part, and an overhead for the objects around them. The reserve of a holding is charged
 * from the moment it is set, so its owner can always use it. Memory beyond the reserves may fill three quarters of the
 * limit. The last quarter is kept for new connections and sockets and their reserves, so that a small connection is
 * still served while large ones hold much.
 *
 * <p>The account corresponds to Linux's {@code tcp_mem} and {@code udp_mem}. It is changed on the host's loop only; any
 * thread may read the numbers.
 */
public final class HostMemory {

  /** The smallest permitted limit, in octets: enough for a hundred connections. */
  public static final long MIN_LIMIT = 1L << 20;

  /** Octets charged for each buffer in addition to its capacity, for the objects around it. */
  public static final int BUFFER_OVERHEAD = 128;

  /** Unused memory, in octets, that a buffer may pin before {@link #compact} copies its content. */
  public static final int WORTH_WASTING = 4096;

  private static final int SHARES = 4;

  /** Octets that a waiter is expected to take when it runs; limits how many waiters run at a time. */
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

  /** A purpose of memory, with the fill level of the host, in quarters of the limit, up to which it may be taken. */
  public enum Use {
    /**
     * Sent and received data beyond the reserves, and increases of an advertised window: up to three quarters of the
     * limit. Above that the host is under pressure.
     */
    GROWTH(3),
    /** New connections and sockets with their reserves: up to the limit. */
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
   * Creates an account of at most {@code limit} octets. Buffers come from {@code allocator}.
   *
   * @throws IllegalArgumentException if the limit is below {@link #MIN_LIMIT}
   */
  public HostMemory(ByteBufAllocator allocator, long limit) {
    if (limit < MIN_LIMIT) {
      throw new IllegalArgumentException("memory limit " + limit + " octets, not at least " + MIN_LIMIT);
    }
    this.allocator = allocator;
    this.limit = limit;
  }

  /** Returns an account without a limit, for a protocol engine that runs without a host. */
  public static HostMemory unlimited(ByteBufAllocator allocator) {
    return new HostMemory(allocator, Long.MAX_VALUE);
  }

  /** The allocator of the host's buffers. */
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /** The limit, in octets. */
  public long limit() {
    return limit;
  }

  /** The octets held, including reserves. */
  public long held() {
    return (long) HELD.getOpaque(this);
  }

  /** The highest value that {@link #held()} has reached, in octets. */
  public long peak() {
    return (long) PEAK.getOpaque(this);
  }

  /** Returns whether three quarters of the limit or more are held, so that no holding may grow beyond its reserve. */
  public boolean isUnderPressure() {
    return room(Use.GROWTH) == 0;
  }

  /** The octets that can still be taken for {@code use}. */
  public long room(Use use) {
    return Math.max(0, limit / SHARES * use.share - held);
  }

  /** Returns the message of the error for a request that exceeds the limit. */
  public String refusal() {
    return "No buffer space available: the host holds " + held() + " octets of its memory limit of " + limit
        + " (StackConfiguration.memoryLimit)";
  }

  /** Opens a holding of zero octets without a reserve. */
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
   * Registers {@code waiter}, whose owner could not grow. {@link #relieve} runs it once when memory is available again,
   * in the order of registration.
   */
  public void await(Runnable waiter) {
    waiting.add(waiter);
  }

  /** Cancels {@link #await}. */
  public void forget(Runnable waiter) {
    waiting.remove(waiter);
  }

  /**
   * Returns whether a waiter is registered and the host is not under pressure, so that {@link #relieve} would run one.
   */
  public boolean isReliefDue() {
    return !waiting.isEmpty() && !isUnderPressure();
  }

  /**
   * Runs as many waiters as the free memory probably suffices for. A waiter that registers again goes to the end of the
   * list.
   */
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
   * Returns the octets of memory that {@code buffer} keeps alive, with the overhead of each underlying buffer: for a
   * slice, the whole buffer that it is a part of.
   */
  public static long pinnedBy(ByteBuf buffer) {
    ByteBuf root = buffer;
    for (ByteBuf under = root.unwrap(); under != null; under = root.unwrap()) {
      root = under;
    }
    if (root instanceof OneRange range) {
      return (long) range.size() + BUFFER_OVERHEAD;
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
   * Returns {@code buffer} itself, or a copy of its content if the buffer keeps much more memory alive than its content
   * needs, such as a small slice of a large chunk.
   *
   * <p>Buffer ownership: takes {@code buffer} over and returns a buffer that the caller owns; releases {@code buffer}
   * if it was copied.
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

    /** The octets held, without the reserve. */
    public long octets() {
      return octets;
    }

    /** Sets the octets held. The account accepts a value beyond the limit, since the memory is already in use. */
    public void set(long now) {
      long change = Math.max(now, reserve) - Math.max(octets, reserve);
      octets = now;
      if (change != 0) {
        add(change);
      }
    }

    /**
     * Sets the reserve: at least {@code least} octets are charged, even if less is held, so that the owner can always
     * use them.
     */
    public void reserve(long least) {
      long change = Math.max(octets, least) - Math.max(octets, reserve);
      reserve = least;
      if (change != 0) {
        add(change);
      }
    }

    /** The octets that can be taken in addition for {@code use}, including the unused part of the reserve. */
    public long room(Use use) {
      return Math.max(0, reserve - octets) + HostMemory.this.room(use);
    }

    /** Returns whether the host is under pressure. */
    public boolean isUnderPressure() {
      return HostMemory.this.isUnderPressure();
    }

    /**
     * Charges the memory that {@code buffer} keeps alive if it fits, and returns whether it does. An empty holding may
     * take one buffer up to the whole limit; a further buffer counts as growth.
     */
    public boolean take(ByteBuf buffer) {
      long more = pinnedBy(buffer);
      boolean fits = more <= room(octets == 0 ? Use.OPENING : Use.GROWTH);
      if (fits) {
        set(octets + more);
      }
      return fits;
    }

    /** Discharges {@code buffer}, which {@link #take} charged and which has not changed since. */
    public void give(ByteBuf buffer) {
      set(octets - pinnedBy(buffer));
    }

    /** Sets both the octets held and the reserve to zero. */
    public void close() {
      reserve(0);
      set(0);
    }
  }
}

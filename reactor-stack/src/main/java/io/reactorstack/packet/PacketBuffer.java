package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.util.ResourceLeakTracker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A direct buffer of fixed capacity that returns to its pool when it is released for the last time.
 *
 * <p>The superclass checks an index against the memory; this class also checks it against the capacity, so that no user
 * reads what the memory held before.
 */
final class PacketBuffer extends UnpooledDirectByteBuf implements OneRange {

  /** The octets of a number of 24 bits. */
  private static final int MEDIUM = 3;

  /** A copy of this many octets or fewer, one number at a time, costs less than a view of the memory. */
  private static final int FEW = 64;

  private final PacketPool pool;
  private final int size;
  private final long address;
  /** The whole memory; its position and limit never change. */
  private final ByteBuffer memory;
  private final ByteBuffer littleEndian;
  private int length;
  private @Nullable PacketBuffer next;
  private @Nullable ResourceLeakTracker<PacketBuffer> tracker;

  /** Allocates the {@code size} octets of a buffer of {@code pool}. */
  PacketBuffer(PacketAllocator allocator, PacketPool pool, int size) {
    super(allocator, size, size);
    this.pool = pool;
    this.size = size;
    this.length = size;
    this.memory = nioBuffer(0, size);
    this.littleEndian = memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.address = MemorySegment.ofBuffer(memory).address();
  }

  /**
   * Starts a new use of the buffer with {@code octets} of capacity and a reference count of 1.
   *
   * @param ofUse tracks whether this use ends; {@code null} if it is not tracked
   */
  void open(int octets, @Nullable ResourceLeakTracker<PacketBuffer> ofUse) {
    next = null;
    tracker = ofUse;
    length = octets;
    maxCapacity(octets);
    resetRefCnt();
    setIndex(0, 0);
    markReaderIndex();
    markWriterIndex();
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public ByteBuffer littleEndian() {
    return littleEndian;
  }

  @Nullable
  PacketBuffer next() {
    return next;
  }

  void next(@Nullable PacketBuffer following) {
    next = following;
  }

  @Override
  public int capacity() {
    return length;
  }

  @Override
  public ByteBuf capacity(int octets) {
    checkNewCapacity(octets);
    length = octets;
    trimIndicesToCapacity(octets);
    return this;
  }

  @Override
  protected void deallocate() {
    ResourceLeakTracker<PacketBuffer> ofUse = tracker;
    if (ofUse != null) {
      tracker = null;
      ofUse.close(this);
    }
    pool.give(this);
  }

  /** Frees the memory; the buffer is not in use. */
  void free() {
    super.deallocate();
  }

  @Override
  public boolean hasMemoryAddress() {
    return true;
  }

  @Override
  public long memoryAddress() {
    ensureAccessible();
    return address;
  }

  /** Copies to another buffer of this class without a view of {@code target}. */
  @Override
  public ByteBuf getBytes(int index, ByteBuf target, int targetIndex, int octets) {
    if (target.nioBufferCount() != 1) {
      // The superclass asks for the view that a buffer keeps of itself; one of several buffers has none.
      checkIndex(index, octets);
      target.setBytes(targetIndex, this, index, octets);
      return this;
    }
    if (!(target instanceof PacketBuffer other)) {
      return super.getBytes(index, target, targetIndex, octets);
    }
    checkIndex(index, octets);
    other.checkIndex(targetIndex, octets);
    other.memory.put(targetIndex, memory, index, octets);
    return this;
  }

  /** Copies without a view of this buffer. */
  @Override
  public ByteBuf getBytes(int index, ByteBuffer target) {
    int octets = target.remaining();
    checkIndex(index, octets);
    target.put(target.position(), memory, index, octets).position(target.position() + octets);
    return this;
  }

  /**
   * Copies a few octets, or those of another buffer of this class, without a view of {@code source}. The view that a
   * buffer keeps for itself is not used: several threads may read {@code source}.
   */
  @Override
  public ByteBuf setBytes(int index, ByteBuf source, int sourceIndex, int octets) {
    if (source instanceof PacketBuffer other) {
      checkIndex(index, octets);
      other.checkIndex(sourceIndex, octets);
      memory.put(index, other.memory, sourceIndex, octets);
      return this;
    }
    if (octets > FEW) {
      return super.setBytes(index, source, sourceIndex, octets);
    }
    checkSrcIndex(index, octets, sourceIndex, source.capacity());
    int done = 0;
    for (; done <= octets - Long.BYTES; done += Long.BYTES) {
      _setLong(index + done, source.getLong(sourceIndex + done));
    }
    for (; done < octets; done++) {
      _setByte(index + done, source.getByte(sourceIndex + done));
    }
    return this;
  }

  @Override
  public byte getByte(int index) {
    checkIndex(index, Byte.BYTES);
    return _getByte(index);
  }

  @Override
  public short getShort(int index) {
    checkIndex(index, Short.BYTES);
    return _getShort(index);
  }

  @Override
  public short getShortLE(int index) {
    checkIndex(index, Short.BYTES);
    return _getShortLE(index);
  }

  @Override
  public int getUnsignedMedium(int index) {
    checkIndex(index, MEDIUM);
    return _getUnsignedMedium(index);
  }

  @Override
  public int getInt(int index) {
    checkIndex(index, Integer.BYTES);
    return _getInt(index);
  }

  @Override
  public int getIntLE(int index) {
    checkIndex(index, Integer.BYTES);
    return _getIntLE(index);
  }

  @Override
  public long getLong(int index) {
    checkIndex(index, Long.BYTES);
    return _getLong(index);
  }

  @Override
  public long getLongLE(int index) {
    checkIndex(index, Long.BYTES);
    return _getLongLE(index);
  }

  @Override
  public ByteBuf setByte(int index, int value) {
    checkIndex(index, Byte.BYTES);
    _setByte(index, value);
    return this;
  }

  @Override
  public ByteBuf setShort(int index, int value) {
    checkIndex(index, Short.BYTES);
    _setShort(index, value);
    return this;
  }

  @Override
  public ByteBuf setShortLE(int index, int value) {
    checkIndex(index, Short.BYTES);
    _setShortLE(index, value);
    return this;
  }

  @Override
  public ByteBuf setMedium(int index, int value) {
    checkIndex(index, MEDIUM);
    _setMedium(index, value);
    return this;
  }

  @Override
  public ByteBuf setMediumLE(int index, int value) {
    checkIndex(index, MEDIUM);
    _setMediumLE(index, value);
    return this;
  }

  @Override
  public ByteBuf setInt(int index, int value) {
    checkIndex(index, Integer.BYTES);
    _setInt(index, value);
    return this;
  }

  @Override
  public ByteBuf setIntLE(int index, int value) {
    checkIndex(index, Integer.BYTES);
    _setIntLE(index, value);
    return this;
  }

  @Override
  public ByteBuf setLong(int index, long value) {
    checkIndex(index, Long.BYTES);
    _setLong(index, value);
    return this;
  }

  @Override
  public ByteBuf setLongLE(int index, long value) {
    checkIndex(index, Long.BYTES);
    _setLongLE(index, value);
    return this;
  }
}

package io.reactorstack.lab.report;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The last frames of a world, as copies on the heap: the frames that its hosts sent and received, and those that its
 * wires dropped. When the limit is reached the oldest are discarded. Written on the world's thread; {@link #view} may
 * be called from any.
 *
 * <p>The frames are stored one after another in blocks, each after a header of fixed length, so that keeping a frame
 * costs only a copy of its bytes.
 */
public final class KeptFrames {

  /**
   * The layout of a header, in octets: length of the frame (4), the loop's clock (8), kind (2), place (2), cause (2).
   */
  static final int HEAD = 18;

  private static final int SMALLEST_BLOCK = 4096;
  private static final int LARGEST_BLOCK = 256 * 1024;

  /** The minimum number of blocks, so that only a small share of the frames is discarded at a time. */
  private static final int BLOCKS = 16;

  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  /** The event in which a frame was seen. */
  enum Kind {
    SENT, RECEIVED, DROPPED
  }

  /**
   * An interface of a host.
   *
   * @param name its name in a capture
   * @param capabilities the capabilities of its device
   */
  public record Place(String name, DeviceCapabilities capabilities) {}

  /** A block of frames; its bytes before {@code used} never change. */
  private static final class Block {
    final byte[] bytes;
    int used;
    int frames;

    Block(int size) {
      bytes = new byte[size];
    }
  }

  /**
   * An immutable view of the frames kept at one instant.
   *
   * @param limit the limit of bytes; 0 if no frames are kept
   * @param places the interfaces
   * @param texts the names of directions and causes
   * @param blocks the frames
   * @param used the number of used bytes of each block
   * @param count number of frames
   * @param forgotten number of earlier frames that were discarded
   */
  public record View(
      int limit,
      List<Place> places,
      List<String> texts,
      List<byte[]> blocks,
      List<Integer> used,
      long count,
      long forgotten) {

    /** No frames. */
    public static final View NONE = new View(0, List.of(), List.of(), List.of(), List.of(), 0, 0);

    /** Passes all frames to {@code reader}, the earliest first. */
    void forEach(Reader reader) {
      for (int i = 0; i < blocks.size(); i++) {
        byte[] bytes = blocks.get(i);
        int end = used.get(i);
        for (int at = 0; at < end;) {
          int length = (int) INT.get(bytes, at);
          reader.frame(Kind.values()[(short) SHORT.get(bytes, at + 12)], (short) SHORT.get(bytes, at + 14),
              (short) SHORT.get(bytes, at + 16), (long) LONG.get(bytes, at + 4), new Bytes(bytes, at + HEAD, length));
          at += HEAD + length;
        }
      }
    }
  }

  /** A part of a block. */
  record Bytes(byte[] block, int from, int length) {}

  /** Receives kept frames. */
  interface Reader {

    /**
     * Receives a frame.
     *
     * @param kind the event in which it was seen
     * @param place index of the interface; for a dropped frame, index of the direction's name among the texts
     * @param cause for a dropped frame, index of the cause among the texts
     * @param nanos the loop's clock
     * @param bytes the frame
     */
    void frame(Kind kind, int place, int cause, long nanos, Bytes bytes);
  }

  private final int limit;
  private final Map<Object, Integer> placeOf = new HashMap<>();
  private final Map<String, Integer> textOf = new HashMap<>();
  private volatile List<Place> places = List.of();
  private volatile List<String> texts = List.of();
  /** Replaced whenever a block is added or removed. */
  private volatile List<Block> blocks = List.of();
  private long size;
  private long forgotten;
  private Block last = new Block(0);

  /** Creates a store for {@code limit} bytes of frames; 0 keeps none. */
  public KeptFrames(int limit) {
    this.limit = limit;
  }

  /** Returns whether frames are kept at all. */
  public boolean isOn() { return limit > 0; }

  /**
   * Adds an interface.
   *
   * @param key identifies the interface, so that it is recognized under another name
   * @return whether the key is new
   */
  public boolean add(Object key, Place place) {
    Integer known = placeOf.get(key);
    if (known != null && places.get(known).equals(place)) {
      return false;
    }
    List<Place> more = new ArrayList<>(places);
    more.add(place);
    placeOf.put(key, places.size());
    places = List.copyOf(more);
    return known == null;
  }

  /** Returns an observer that keeps the frames of the interface with this key. */
  public FrameObserver observer(Object key) {
    return (direction, frame, nanos) -> keep(
        direction == FrameObserver.Direction.SENT ? Kind.SENT : Kind.RECEIVED, placeOf.getOrDefault(key, 0), 0, frame,
        nanos);
  }

  /** Records that a wire's direction has dropped {@code frame}. */
  public void dropped(String direction, String cause, Frame frame, long nanos) {
    if (isOn()) {
      keep(Kind.DROPPED, text(direction), text(cause), frame, nanos);
    }
  }

  private int text(String text) {
    Integer known = textOf.get(text);
    if (known != null) {
      return known;
    }
    List<String> more = new ArrayList<>(texts);
    more.add(text);
    textOf.put(text, texts.size());
    texts = List.copyOf(more);
    return more.size() - 1;
  }

  private void keep(Kind kind, int place, int cause, Frame frame, long nanos) {
    ByteBuf payload = frame.payload();
    int length = payload.readableBytes();
    Block block = last;
    int at = block.used;
    if (block.bytes.length - at < HEAD + length) {
      block = newBlock(HEAD + length);
      if (block.bytes.length == 0) {
        forgotten++;
        return;
      }
      at = 0;
    }
    byte[] bytes = block.bytes;
    INT.set(bytes, at, length);
    LONG.set(bytes, at + 4, nanos);
    SHORT.set(bytes, at + 12, (short) kind.ordinal());
    SHORT.set(bytes, at + 14, (short) place);
    SHORT.set(bytes, at + 16, (short) cause);
    payload.getBytes(payload.readerIndex(), bytes, at + HEAD, length);
    block.frames++;
    block.used = at + HEAD + length;
  }

  /**
   * Returns a new block that can hold a frame of {@code least} bytes with its header; an empty block if that exceeds
   * the limit.
   */
  private Block newBlock(int least) {
    if (least > limit) {
      return new Block(0);
    }
    int usual = Math.clamp(size / 2, SMALLEST_BLOCK, Math.max(SMALLEST_BLOCK, Math.min(limit / BLOCKS, LARGEST_BLOCK)));
    int length = Math.min(limit, Math.max(least, usual));
    List<Block> kept = new ArrayList<>(blocks);
    while (size + length > limit && !kept.isEmpty()) {
      Block oldest = kept.removeFirst();
      size -= oldest.bytes.length;
      forgotten += oldest.frames;
    }
    last = new Block(length);
    kept.add(last);
    size += length;
    blocks = List.copyOf(kept);
    return last;
  }

  /** Returns a view of the frames kept at present. */
  public View view() {
    List<Block> now = blocks;
    return new View(limit, places, texts, now.stream().map(block -> block.bytes).toList(),
        now.stream().map(block -> block.used).toList(), now.stream().mapToLong(block -> block.frames).sum(), forgotten);
  }
}

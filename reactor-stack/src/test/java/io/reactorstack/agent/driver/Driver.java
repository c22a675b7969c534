package io.reactorstack.agent.driver;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The driver's side of the agent's protocol: sends requests and receives replies, on the driver's clock. */
final class Driver implements AutoCloseable {

  static final int MAIN = 0;
  static final int CALL = 1;

  /** A reply; {@code errno} is 0 if the call succeeded. */
  record Reply(int op, int id, long now, long result, int errno, ByteBuffer payload) {}

  /** A packet that the stack sent at {@code time}. */
  record Packet(long time, byte[] bytes) {}

  /** The payload of a request. */
  static final class Args {
    private final java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();

    Args u8(int v) {
      out.write(v);
      return this;
    }

    Args u16(int v) {
      return u8(v >>> 8).u8(v);
    }

    Args i32(int... values) {
      for (int v : values) {
        u16(v >>> 16).u16(v);
      }
      return this;
    }

    Args i64(long v) {
      return i32((int) (v >>> 32), (int) v);
    }

    Args bytes(byte[] v) {
      out.writeBytes(v);
      return this;
    }

    Args string(String v) {
      byte[] utf8 = v.getBytes(StandardCharsets.UTF_8);
      return u16(utf8.length).bytes(utf8);
    }

    /** Appends an address; {@code text} is a numeric address, or empty for none. */
    Args address(String text, int port) {
      byte[] octets = text.isEmpty() ? new byte[0] : octets(text);
      byte[] sixteen = java.util.Arrays.copyOf(octets, 16);
      return u8(octets.length == 0 ? 0 : octets.length == 4 ? 4 : 6).u16(port).bytes(sixteen);
    }

    private static byte[] octets(String text) {
      return io.netty.util.NetUtil.createByteArrayFromIpAddressString(text);
    }
  }

  private final SocketChannel channel;
  private final Map<Integer, Reply> early = new HashMap<>();
  private int lastId;
  private long now;
  private long origin;

  Driver(Path path) {
    try {
      channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Args args() {
    return new Args();
  }

  /** Begins the session; from then on its clock counts from 0. */
  Reply hello(String flags) {
    Reply reply = call(1, args().u16(1).string(flags));
    origin = reply.now;
    now = origin;
    return reply;
  }

  /** The driver's clock in microseconds since HELLO. */
  long now() {
    return now - origin;
  }

  /** Advances the driver's clock; never moves it back. */
  void at(long micros) {
    now = Math.max(now, origin + micros);
  }

  /** Returns a point in time as requests contain it. */
  long absolute(long micros) {
    return origin + micros;
  }

  long relative(long micros) {
    return micros - origin;
  }

  /** Makes a request of the main thread and waits for its reply. */
  Reply call(int op, Args args) {
    return await(send(op, MAIN, args));
  }

  /** Makes a request and returns its id. */
  int send(int op, int thread, Args args) {
    byte[] payload = args.out.toByteArray();
    ByteBuffer frame = ByteBuffer.allocate(20 + payload.length);
    frame.putInt(16 + payload.length).put((byte) 1).put((byte) op).putShort((short) thread).putInt(++lastId)
        .putLong(now).put(payload).flip();
    write(frame);
    return lastId;
  }

  /** Writes bytes that need not be a valid frame. */
  void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the reply to {@code id}. */
  Reply await(int id) {
    Reply reply = early.remove(id);
    while (reply == null) {
      Reply next = read();
      if (next.id == id) {
        reply = next;
      } else {
        early.put(next.id, next);
      }
    }
    now = Math.max(now, reply.now);
    return reply;
  }

  /**
   * Returns whether the reply to {@code id} has arrived; every reply that was due before the last one has been
   * received.
   */
  boolean isAnswered(int id) {
    return early.containsKey(id);
  }

  /** Returns the replies for which no caller has waited. */
  List<Reply> unclaimed() {
    return new ArrayList<>(early.values());
  }

  private Reply read() {
    ByteBuffer length = fill(ByteBuffer.allocate(4));
    ByteBuffer frame = fill(ByteBuffer.allocate(length.getInt()));
    if (frame.get() != 2) {
      throw new AssertionError("no reply");
    }
    int op = frame.get();
    frame.getShort();
    int id = frame.getInt();
    return new Reply(op, id, frame.getLong(), frame.getLong(), frame.getInt(), frame.slice());
  }

  private ByteBuffer fill(ByteBuffer buffer) {
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          throw new EOFException("the agent closed the connection");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return buffer.flip();
  }

  /** Returns the next packet that the stack sends until {@code micros} since HELLO, or {@code null}. */
  Packet receive(long micros) {
    Reply reply = call(6, args().i64(origin + micros));
    if (reply.errno == 110) {
      return null;
    }
    if (reply.result != 1) {
      throw new AssertionError("NETDEV_RECEIVE: " + reply);
    }
    long time = reply.payload.getLong();
    byte[] packet = new byte[reply.payload.remaining()];
    reply.payload.get(packet);
    return new Packet(time - origin, packet);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.reactorstack.agent;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A request frame of the driver.
 *
 * @param code the operation's number, known or unknown
 * @param thread the driver's thread that makes the request
 * @param id repeated in the reply
 * @param now the driver's clock, in microseconds
 * @param payload the operation's arguments, read by the methods here; a payload that is too short is an error of the
 *     driver
 */
record Request(int code, int thread, int id, long now, ByteBuffer payload) {

  /** The maximum number of bytes after the length field. */
  static final int MAX_LENGTH = 8 << 20;

  private static final int HEADER = 16;
  private static final int IS_REQUEST = 1;

  /** An address as sent by the driver; {@code endpoint} is not {@code null} exactly for families 4 and 6. */
  record Address(int family, @Nullable Endpoint endpoint) {

    static final int NONE = 0;
    static final int UNSPEC = 1;
  }

  /** Reads the next request; returns {@code null} at the orderly end of the connection. */
  static @Nullable Request read(ReadableByteChannel channel) throws IOException {
    ByteBuffer length = ByteBuffer.allocate(4);
    if (!fill(channel, length)) {
      return null;
    }
    int bytes = length.getInt(0);
    if (bytes < HEADER || bytes > MAX_LENGTH) {
      throw new ProtocolException("a frame of " + Integer.toUnsignedString(bytes) + " bytes");
    }
    ByteBuffer frame = ByteBuffer.allocate(bytes);
    if (!fill(channel, frame)) {
      throw new EOFException("the connection ended inside a frame");
    }
    frame.flip();
    int type = frame.get();
    if (type != IS_REQUEST) {
      throw new ProtocolException("a frame of type " + type);
    }
    int code = Byte.toUnsignedInt(frame.get());
    int thread = Short.toUnsignedInt(frame.getShort());
    int id = frame.getInt();
    return new Request(code, thread, id, frame.getLong(), frame);
  }

  /** Fills {@code buffer}; returns false if the connection ends before its first byte. */
  private static boolean fill(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (buffer.position() == 0) {
          return false;
        }
        throw new EOFException("the connection ended inside a frame");
      }
    }
    return true;
  }

  int i32() {
    return payload.getInt();
  }

  long i64() {
    return payload.getLong();
  }

  int u16() {
    return Short.toUnsignedInt(payload.getShort());
  }

  int u8() {
    return Byte.toUnsignedInt(payload.get());
  }

  byte[] bytes(int count) {
    if (count < 0 || count > payload.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[count];
    payload.get(bytes);
    return bytes;
  }

  byte[] rest() {
    return bytes(payload.remaining());
  }

  String string() {
    return new String(bytes(u16()), StandardCharsets.UTF_8);
  }

  Address address() {
    int family = u8();
    int port = u16();
    byte[] octets = bytes(16);
    return switch (family) {
      case 4 -> new Address(4, new Endpoint(IpAddress.of(Arrays.copyOf(octets, 4)), port));
      case 6 -> new Address(6, new Endpoint(IpAddress.of(octets), port));
      default -> new Address(family, null);
    };
  }
}

package io.reactorstack.agent;

import io.reactorstack.packet.Endpoint;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Builds the payload of a reply; all integers are big-endian. */
final class Payload {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Payload u8(int value) {
    out.write(value);
    return this;
  }

  Payload u16(int value) {
    out.write(value >>> 8);
    out.write(value);
    return this;
  }

  Payload i32(int value) {
    return bytes(ByteBuffer.allocate(4).putInt(value).array());
  }

  Payload i64(long value) {
    return bytes(ByteBuffer.allocate(8).putLong(value).array());
  }

  Payload bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  Payload string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(utf8.length, 0xffff);
    return u16(length).bytes(Arrays.copyOf(utf8, length));
  }

  /** Appends an address, or the mark for none. */
  Payload address(@Nullable Endpoint endpoint) {
    if (endpoint == null) {
      return bytes(new byte[19]);
    }
    byte[] octets = endpoint.address().bytes();
    return u8(endpoint.address().isV4() ? 4 : 6).u16(endpoint.port()).bytes(Arrays.copyOf(octets, 16));
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}

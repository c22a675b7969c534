package io.reactorstack.offload;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the payload of a super-frame once from its beginning to its end, piece by piece, even if it consists of several
 * buffers. One object reads one payload after the other.
 */
final class PayloadReader {

  private static final ByteBuffer[] NONE = {};

  private ByteBuffer[] parts = NONE;
  private int part;
  private int at;

  /** Begins with the {@code length} octets at {@code index} of {@code bytes}; they must not be released meanwhile. */
  void open(ByteBuf bytes, int index, int length) {
    parts = bytes.nioBufferCount() == 1
        ? new ByteBuffer[] {bytes.nioBuffer(index, length)}
        : bytes.nioBuffers(index, length);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = parts[i].order(ByteOrder.LITTLE_ENDIAN);
    }
    part = 0;
    at = parts.length == 0 ? 0 : parts[0].position();
  }

  /** Copies the next {@code length} octets to {@code to}. */
  void copy(ByteBuffer to, int index, int length) {
    for (int done = 0; done < length;) {
      int octets = octetsHere(length - done);
      to.put(index + done, parts[part], at, octets);
      at += octets;
      done += octets;
    }
  }

  /** Copies the next {@code length} octets to {@code to}, and returns their unfolded sum (RFC 1071). */
  long copyAndSum(ByteBuffer to, int index, int length) {
    long sum = 0;
    for (int done = 0; done < length;) {
      int octets = octetsHere(length - done);
      long ofPart = Checksum.sumLittleEndian(parts[part], at, octets);
      sum += (done & 1) == 0 ? ofPart : Checksum.swapped(ofPart);
      to.put(index + done, parts[part], at, octets);
      at += octets;
      done += octets;
    }
    return sum;
  }

  /** Returns the number of octets that can be read from the present part, at most {@code limit}. */
  private int octetsHere(int limit) {
    while (at == parts[part].limit()) {
      part++;
      at = parts[part].position();
    }
    return Math.min(limit, parts[part].limit() - at);
  }

  /** Forgets the payload. */
  void close() {
    parts = NONE;
  }
}

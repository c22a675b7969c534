package io.reactorstack.dns.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * Frames DNS messages on a TCP connection: a two-octet length precedes each message (RFC 1035 section 4.2.2, RFC 7766
 * section 8).
 */
public final class MessageFraming {

  /** The largest message that the length field can express, in octets. */
  public static final int MAX_MESSAGE = 0xffff;

  private MessageFraming() {}

  /**
   * Returns {@code message} preceded by its length, in one buffer, so that both leave in one segment; the caller owns
   * the buffer.
   *
   * @throws IllegalArgumentException if the message has more than {@link #MAX_MESSAGE} octets
   */
  public static ByteBuf frame(byte[] message) {
    if (message.length > MAX_MESSAGE) {
      throw new IllegalArgumentException("a message has at most 65535 octets, not " + message.length);
    }
    return Unpooled.buffer(2 + message.length).writeShort(message.length).writeBytes(message);
  }

  /**
   * Returns the messages of a connection; an incomplete message at its end is dropped.
   *
   * <p><b>Backpressure:</b> messages are emitted on demand, {@code bytes} is requested buffer by buffer. <b>Buffer
   * ownership:</b> releases the buffers of {@code bytes}; emits arrays. <b>Threading:</b> signals on the thread of
   * {@code bytes}. <b>Cancellation:</b> cancels {@code bytes}.
   */
  public static Flux<byte[]> messages(Flux<ByteBuf> bytes) {
    return Flux.defer(() -> {
      Reassembly reassembly = new Reassembly();
      // Prefetch 0: concatMap never queues a buffer, which a cancellation would leak.
      return bytes.concatMap(buffer -> Flux.fromIterable(reassembly.feed(buffer)), 0);
    });
  }

  /** Reassembles one message with its length. It needs at most 64 KiB, however the peer splits the message. */
  private static final class Reassembly {

    private static final int LENGTH = 2;

    private byte[] framed = new byte[512];
    private int filled;

    List<byte[]> feed(ByteBuf buffer) {
      List<byte[]> complete = new ArrayList<>();
      try {
        while (buffer.isReadable()) {
          take(buffer);
          if (filled >= LENGTH && filled == wanted()) {
            complete.add(Arrays.copyOfRange(framed, LENGTH, filled));
            filled = 0;
          }
        }
      } finally {
        buffer.release();
      }
      return complete;
    }

    private void take(ByteBuf buffer) {
      int n = Math.min(buffer.readableBytes(), wanted() - filled);
      if (filled + n > framed.length) {
        // Grow with the octets received, not to the announced length.
        framed = Arrays.copyOf(framed, Math.max(2 * framed.length, filled + n));
      }
      buffer.readBytes(framed, filled, n);
      filled += n;
    }

    /**
     * Returns the size of the length field, and once that is complete, of the length field and the message, in octets.
     */
    private int wanted() {
      return filled < LENGTH ? LENGTH : LENGTH + ((framed[0] & 0xff) << 8 | framed[1] & 0xff);
    }
  }
}

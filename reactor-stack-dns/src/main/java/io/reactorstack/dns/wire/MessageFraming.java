package io.reactorstack.dns.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Flux;

/** The two-octet length before each message on a TCP connection (RFC 1035 section 4.2.2, RFC 7766 section 8). */
public final class MessageFraming {

  /** The largest message that the length can express, in octets. */
  public static final int MAX_MESSAGE = 0xffff;

  private MessageFraming() {}

  /**
   * {@code message} behind its length, in one buffer, so that both leave in one segment; the caller owns it.
   *
   * @throws IllegalArgumentException if it has more than {@link #MAX_MESSAGE} octets
   */
  public static ByteBuf frame(byte[] message) {
    if (message.length > MAX_MESSAGE) {
      throw new IllegalArgumentException("a message has at most 65535 octets, not " + message.length);
    }
    return Unpooled.buffer(2 + message.length).writeShort(message.length).writeBytes(message);
  }

  /**
   * The messages of a connection; what is incomplete at its end is dropped.
   *
   * <p><b>Backpressure:</b> messages are emitted on demand, {@code bytes} is requested buffer by buffer. <b>Buffer
   * ownership:</b> releases the buffers of {@code bytes}; emits arrays. <b>Threading:</b> that of {@code bytes}.
   * <b>Cancellation:</b> cancels {@code bytes}.
   */
  public static Flux<byte[]> messages(Flux<ByteBuf> bytes) {
    return Flux.defer(() -> {
      Reassembly reassembly = new Reassembly();
      // Prefetch 0: no buffer is ever parked where a cancellation could forget it.
      return bytes.concatMap(buffer -> Flux.fromIterable(reassembly.feed(buffer)), 0);
    });
  }

  /** The message that is being put together, behind its length: at most 64 KiB, however the peer cuts it. */
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
        // Memory follows the octets that came, not the length that was announced.
        framed = Arrays.copyOf(framed, Math.max(2 * framed.length, filled + n));
      }
      buffer.readBytes(framed, filled, n);
      filled += n;
    }

    /** Octets of the frame, as far as that is known. */
    private int wanted() {
      return filled < LENGTH ? LENGTH : LENGTH + ((framed[0] & 0xff) << 8 | framed[1] & 0xff);
    }
  }
}

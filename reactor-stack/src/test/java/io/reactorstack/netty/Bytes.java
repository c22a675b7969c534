package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A stream of test bytes in which each byte depends on its position, so a lost, duplicated or moved byte is detected.
 */
final class Bytes {

  private Bytes() {}

  /** Returns the byte at {@code place}. */
  static byte at(long place) {
    return (byte) (place * 31 + (place >>> 8) * 7 + (place >>> 16));
  }

  /** Returns the first {@code total} bytes. */
  static byte[] array(int total) {
    byte[] bytes = new byte[total];
    for (int i = 0; i < total; i++) {
      bytes[i] = at(i);
    }
    return bytes;
  }

  /** Returns the first {@code total} bytes in buffers of {@code piece} bytes, each created when it is requested. */
  static Flux<ByteBuf> flux(long total, int piece) {
    return Flux.generate(() -> 0L, (place, sink) -> {
      if (place >= total) {
        sink.complete();
        return place;
      }
      int length = (int) Math.min(piece, total - place);
      byte[] bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = at(place + i);
      }
      sink.next(Unpooled.wrappedBuffer(bytes));
      return place + length;
    });
  }

  /**
   * Checks each byte of {@code data} until {@code total} bytes have arrived, then cancels; emits the number of bytes.
   */
  static Mono<Long> check(Flux<ByteBuf> data, long total) {
    Check check = new Check();
    // Buffers must not reach an operator that discards elements: a sender around this Mono releases what is discarded.
    return data.map(check::next).takeUntil(place -> place >= total).last(0L);
  }

  /** Checks each byte of {@code data} until it completes; emits the number of bytes. */
  static Mono<Long> check(Flux<ByteBuf> data) {
    return check(data, Long.MAX_VALUE);
  }

  private static final class Check {

    private long place;

    long next(ByteBuf data) {
      // Copies the buffer in one access, because the leak detector records every access.
      for (byte actual : ByteBufUtil.getBytes(data)) {
        if (actual != at(place)) {
          assertThat(actual).as("byte %d", place).isEqualTo(at(place));
        }
        place++;
      }
      return place;
    }
  }
}

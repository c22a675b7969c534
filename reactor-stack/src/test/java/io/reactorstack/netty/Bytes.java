package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A stream of bytes in which each byte follows from its place, so that a byte lost, doubled or moved is seen at once. */
final class Bytes {

  private Bytes() {}

  /** The byte at {@code place}. */
  static byte at(long place) {
    return (byte) (place * 31 + (place >>> 8) * 7 + (place >>> 16));
  }

  /** The bytes before {@code total}. */
  static byte[] array(int total) {
    byte[] bytes = new byte[total];
    for (int i = 0; i < total; i++) {
      bytes[i] = at(i);
    }
    return bytes;
  }

  /** The bytes before {@code total}, in buffers of {@code piece}, made when they are requested. */
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

  /** Checks {@code data} byte by byte until {@code total} have come, and cancels it then; emits how many came. */
  static Mono<Long> check(Flux<ByteBuf> data, long total) {
    Check check = new Check();
    // No buffer may reach an operator that discards it: a sender around this releases what is discarded.
    return data.map(check::next).takeUntil(place -> place >= total).last(0L);
  }

  /** Checks {@code data} byte by byte to its end; emits how many came. */
  static Mono<Long> check(Flux<ByteBuf> data) {
    return check(data, Long.MAX_VALUE);
  }

  private static final class Check {

    private long place;

    long next(ByteBuf data) {
      // Out of the buffer at once: the leak detector looks at every access.
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

package io.reactorstack.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class MessageFramingTest {

  @Test
  @Requirement({"RFC1035-4.2.2-01", "RFC7766-8-01"})
  void putsTheLengthBeforeTheMessageInOneBuffer() {
    ByteBuf framed = MessageFraming.frame(new byte[] {5, 6, 7});
    byte[] octets = new byte[framed.readableBytes()];
    framed.readBytes(octets).release();
    assertThat(octets).containsExactly(0, 3, 5, 6, 7);
    MessageFraming.frame(new byte[0xffff]).release();
    assertThatThrownBy(() -> MessageFraming.frame(new byte[0x10000])).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Requirement("RFC7766-8-02")
  void reassemblesMessagesFromAnyPieces() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int run = 0; run < 200; run++) {
      List<byte[]> sent = new ArrayList<>();
      ByteBuf stream = Unpooled.buffer();
      for (int i = 0; i < 5; i++) {
        byte[] message = new byte[i == 2 ? 0 : random.nextInt(run == 0 ? 0x10000 : 900)];
        random.nextBytes(message);
        sent.add(message);
        ByteBuf framed = MessageFraming.frame(message);
        stream.writeBytes(framed);
        framed.release();
      }
      List<ByteBuf> pieces = new ArrayList<>();
      while (stream.isReadable()) {
        pieces.add(stream.readRetainedSlice(Math.min(stream.readableBytes(), 1 + random.nextInt(run == 1 ? 1 : 700))));
      }
      stream.release();
      List<byte[]> got = MessageFraming.messages(Flux.fromIterable(pieces)).collectList().block();
      assertThat(got).as("seed %s run %s", seed, run).usingRecursiveComparison().isEqualTo(sent);
      assertThat(pieces).allMatch(piece -> piece.refCnt() == 0);
    }
  }

  @Test
  void requestsBuffersOnDemandAndReleasesThemOnCancellation() {
    TestPublisher<ByteBuf> bytes = TestPublisher.create();
    ByteBuf two = Unpooled.wrappedBuffer(new byte[] {0, 1, 7, 0, 1, 8, 0});
    StepVerifier.create(MessageFraming.messages(bytes.flux()), 1)
        .then(() -> {
          bytes.assertMaxRequested(1);
          bytes.next(two);
        })
        .expectNextMatches(message -> message[0] == 7)
        .thenCancel()
        .verify();
    assertThat(two.refCnt()).isZero();
    bytes.assertCancelled();
  }
}

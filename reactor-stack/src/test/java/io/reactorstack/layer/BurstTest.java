package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Pdu;
import io.reactorstack.testing.VirtualLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** Tests the operator with texts that are cut into pieces of three letters, as packets are cut into fragments. */
class BurstTest {

  private static final int LONGEST = 3;

  private final Drops drops = new Drops();
  private final List<ByteBuf> buffers = new ArrayList<>();
  private int cut;

  private record Text(ByteBuf payload) implements Pdu {}

  private enum Refusal implements DropReason {
    EMPTY;

    @Override
    public String layer() {
      return "test";
    }

    @Override
    public Kind kind() {
      return Kind.NOTICE;
    }
  }

  private Text text(String letters) {
    ByteBuf buffer = Unpooled.copiedBuffer(letters, StandardCharsets.US_ASCII);
    buffers.add(buffer);
    return new Text(buffer);
  }

  private Burst.@Nullable Pieces<Text> cut(Text whole) {
    if (!whole.payload().isReadable()) {
      drops.drop(whole, Refusal.EMPTY);
      return null;
    }
    return new Burst.Pieces<>() {
      @Override
      public boolean hasNext() {
        return whole.payload().isReadable();
      }

      @Override
      public @Nullable Text next() {
        ByteBuf rest = whole.payload();
        if (rest.getByte(rest.readerIndex()) == '!') {
          throw new IllegalStateException("a defect");
        }
        cut++;
        Text piece = new Text(rest.readRetainedSlice(Math.min(LONGEST, rest.readableBytes())));
        if (!rest.isReadable()) {
          whole.release();
        }
        return piece;
      }

      @Override
      public void release() {
        whole.release();
      }
    };
  }

  private static String read(Text piece) {
    String letters = piece.payload().toString(StandardCharsets.US_ASCII);
    piece.release();
    return letters;
  }

  private void assertAllReleased() {
    assertThat(buffers).allMatch(buffer -> buffer.refCnt() == 0);
  }

  @Test
  void aUnitBecomesItsPiecesInOrder() {
    StepVerifier.create(Burst.of(Flux.just(text("abcdefgh"), text("ij"), text("klmnop")), this::cut, drops)
        .map(BurstTest::read))
        .expectNext("abc", "def", "gh", "ij", "klm", "nop")
        .verifyComplete();
    assertAllReleased();
  }

  @Test
  void noPieceIsMadeAndNoUnitRequestedWithoutDemand() {
    TestPublisher<Text> above = TestPublisher.create();
    List<String> read = new ArrayList<>();
    var device = new BaseSubscriber<Text>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // The test requests units itself.
      }

      @Override
      protected void hookOnNext(Text piece) {
        read.add(read(piece));
      }
    };
    Burst.of(above.flux(), this::cut, drops).subscribe(device);
    above.assertWasNotRequested();
    device.request(2);
    above.next(text("abcdefgh"));
    assertThat(read).containsExactly("abc", "def");
    assertThat(cut).as("pieces made").isEqualTo(2);
    device.request(2);
    assertThat(read).containsExactly("abc", "def", "gh");
    above.next(text("ij"));
    assertThat(read).endsWith("ij");
    device.request(1);
    above.complete();
    assertThat(device.isDisposed()).isTrue();
    assertAllReleased();
  }

  @Test
  void itPullsFromAnEgressOneUnitAtATime() {
    VirtualLoop loop = new VirtualLoop();
    Egress<Text> egress = new Egress<>(loop.newTurn());
    int[] built = {0};
    Egress.Outlet<Text> sender = egress.open(() -> built[0] < 3 ? text("unit" + built[0]++) : null);
    List<String> read = new ArrayList<>();
    var device = new BaseSubscriber<Text>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        request(1);
      }

      @Override
      protected void hookOnNext(Text piece) {
        read.add(read(piece));
      }
    };
    Burst.of(egress.flux(), this::cut, drops).subscribe(device);
    sender.ready();
    loop.settle();
    assertThat(read).containsExactly("uni");
    device.request(2);
    loop.settle();
    assertThat(read).containsExactly("uni", "t0", "uni");
    assertThat(built[0]).as("units built").isEqualTo(2);
    device.request(Long.MAX_VALUE);
    loop.settle();
    assertThat(read).containsExactly("uni", "t0", "uni", "t1", "uni", "t2");
    device.cancel();
    assertAllReleased();
  }

  @Test
  void unitsWhoseDemandWasUsedByPiecesWaitUncut() {
    TestPublisher<Text> above = TestPublisher.create();
    StepVerifier.create(Burst.of(above.flux(), this::cut, drops).map(BurstTest::read), 4)
        .then(() -> above.assertMinRequested(4).next(text("abcdefgh"), text("ij"), text(""), text("klm!")))
        .expectNext("abc", "def", "gh", "ij")
        .then(() -> assertThat(cut).as("pieces made").isEqualTo(4))
        .thenRequest(1)
        .expectNext("klm")
        .thenRequest(1)
        .then(() -> above.next(text("n")))
        .expectNext("n")
        .thenRequest(1)
        .then(() -> above.next(text("op")))
        .expectNext("op")
        .then(above::complete)
        .verifyComplete();
    assertThat(drops.get(Refusal.EMPTY)).isOne();
    assertAllReleased();
  }

  @Test
  void cancellingReleasesTheWaitingUnits() {
    TestPublisher<Text> above = TestPublisher.create();
    List<String> read = new ArrayList<>();
    Disposable device = Burst.of(above.flux(), this::cut, drops).map(BurstTest::read)
        .subscribeWith(new BaseSubscriber<String>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            request(2);
          }

          @Override
          protected void hookOnNext(String piece) {
            read.add(piece);
          }
        });
    above.next(text("abcdef"), text("gh"));
    assertThat(read).containsExactly("abc", "def");
    device.dispose();
    assertAllReleased();
  }

  @Test
  void aUnitThatTheCutterRefusesIsReplacedByTheNext() {
    StepVerifier.create(Burst.of(Flux.just(text(""), text("ab"), text("")), this::cut, drops).map(BurstTest::read), 1)
        .expectNext("ab")
        .thenRequest(1)
        .verifyComplete();
    assertThat(drops.get(Refusal.EMPTY)).isEqualTo(2);
    assertAllReleased();
  }

  @Test
  void exceptionLosesOnlyItsUnit() {
    StepVerifier.create(Burst.of(Flux.just(text("abc!ef"), text("gh")), this::cut, drops).map(BurstTest::read))
        .expectNext("abc", "gh")
        .verifyComplete();
    assertThat(drops.get(StageDrop.STAGE_FAULT)).isOne();
    assertAllReleased();

    StepVerifier.create(Burst.<Text, Text>of(Flux.just(text("ij")), whole -> {
      throw new IllegalStateException("a defect");
    }, drops)).verifyComplete();
    assertThat(drops.get(StageDrop.STAGE_FAULT)).isEqualTo(2);
    assertAllReleased();
  }

  @Test
  void cancellingReleasesThePiecesThatWereNotMade() {
    TestPublisher<Text> above = TestPublisher.create();
    StepVerifier.create(Burst.of(above.flux(), this::cut, drops).map(BurstTest::read), 1)
        .then(() -> above.next(text("abcdef")))
        .expectNext("abc")
        .thenCancel()
        .verify();
    above.assertCancelled();
    assertAllReleased();
  }

  @Test
  void piecesAreMadeTogetherAndReleasedIfTheSubscriberCancelsInTheirMidst() {
    List<String> read = new ArrayList<>();
    Burst.of(Flux.just(text("abcdefghijklmno"), text("pq")), this::cut, drops).map(BurstTest::read)
        .subscribe(new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            request(4);
          }

          @Override
          protected void hookOnNext(String piece) {
            read.add(piece);
            if (piece.equals("def")) {
              // One piece more than was requested would be one that has no place below.
              assertThat(cut).isEqualTo(4);
              cancel();
            }
          }
        });
    assertThat(read).containsExactly("abc", "def");
    assertAllReleased();
  }

  @Test
  void terminationWaitsForThePieces() {
    TestPublisher<Text> above = TestPublisher.create();
    StepVerifier.create(Burst.of(above.flux(), this::cut, drops).map(BurstTest::read), 1)
        .then(() -> above.next(text("abcde")).error(new IllegalStateException("above")))
        .expectNext("abc")
        .thenRequest(1)
        .expectNext("de")
        .thenRequest(1)
        .verifyErrorMessage("above");
    assertAllReleased();
  }
}

package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A blind attacker, who knows the addresses and ports of a connection but sees none of its segments (RFC 5961), makes
 * 10<sup>5</sup> guesses at its sequence numbers. Half of them sweep the sequence space in steps of two windows, the
 * others are random.
 */
class BlindAttackTest {

  private static final int GUESSES = 100_000;
  private static final int GUESSES_A_MILLISECOND = 10;
  private static final byte POISON = 0x55;
  private static final TcpSettings SETTINGS = Timeline.settings(65_535, false, false)
      .withSecurity(security -> security.withChallengeAckInterval(Duration.ofMillis(500)));

  private final SplittableRandom random = new SplittableRandom(7);
  private int received = 1;
  private int sent = 1;
  private int answers;

  @ParameterizedTest
  @ValueSource(ints = {1000, -2_000_000_000})
  @Requirement({"RFC5961-1.1-01", "RFC5961-3.2-01", "RFC5961-3.2-05"})
  void guessedResetsAreHarmless(int irs) {
    attack(irs, t -> seq -> t.inject((random.nextBoolean() ? "R " : "R. ") + seq + "(0) ack " + random.nextInt()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, -2_000_000_000})
  @Requirement({"RFC5961-1.1-01", "RFC5961-4.2-01", "RFC5961-4.2-03"})
  void guessedSynsAreHarmless(int irs) {
    attack(irs, t -> seq -> t.inject((random.nextBoolean() ? "S " : "S. ") + seq + "(0) ack " + random.nextInt()));
  }

  @ParameterizedTest
  @Tag("many")
  @ValueSource(ints = {1000, -2_000_000_000})
  @Requirement({"RFC5961-1.1-01", "RFC5961-5.2-02", "RFC5961-5.2-03"})
  void guessedDataIsHarmless(int irs) {
    attack(irs, t -> seq -> t.injectOctets(seq, random.nextInt(), 1 + random.nextInt(1400), POISON));
  }

  private interface Guess {
    IntConsumer on(Timeline t);
  }

  private void attack(int irs, Guess kind) {
    try (Timeline t = Timeline.active(SETTINGS, Timeline.FLOW, 1500, 42, irs).handshake("mss 1460")) {
      IntConsumer guess = kind.on(t);
      long start = t.nowMillis();
      int sweep = random.nextInt();
      for (int i = 0; i < GUESSES; i++) {
        if (i % GUESSES_A_MILLISECOND == 0) {
          t.after(1);
        }
        int seq = i % 2 == 0 ? sweep += 2 * 65_535 : random.nextInt();
        guess.accept(seq == received ? seq + 1 : seq);
        answers += t.drop();
        if (i % 5000 == 0) {
          exchange(t);
        }
      }
      exchange(t);
      t.state(TcpState.ESTABLISHED);
      long elapsed = t.nowMillis() - start;
      // At most one challenge ACK per interval, and answers to guesses near the window, where old data of the peer
      // could be.
      int near = 8;
      assertThat(answers).as("answers in %d ms", elapsed).isPositive()
          .isLessThanOrEqualTo((int) (elapsed / 500) + 1 + near);
    }
  }

  /** Transfers data in both directions and checks that the connection is unharmed. */
  private void exchange(Timeline t) {
    t.inject("P. " + received + "(700) ack " + sent).read(700);
    received += 700;
    t.write(300).expect("P. " + sent + "(300) ack " + received);
    sent += 300;
    t.inject(". " + received + "(0) ack " + sent);
  }
}

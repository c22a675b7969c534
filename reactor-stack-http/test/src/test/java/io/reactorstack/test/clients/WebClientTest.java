package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import io.reactorstack.test.clients.WebClientOrders.Flaw;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Spring's WebClient with timeout and {@code Retry.backoff}, and a server that loses its power. */
@Timeout(600)
@ExtendWith(Quiet.class)
class WebClientTest {

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(WebClientOrders::new);
  }

  @Test
  void withoutATimeoutARequestToACrashedServerNeverEnds() {
    Worlds.expectFault(17, "7 of 10 orders answered within PT5M",
        lab -> new WebClientOrders(lab, Flaw.NO_TIMEOUT));
  }

  @Test
  void anOrderRepeatedWithoutAKeyIsChargedTwice() {
    Worlds.expectFault(16, "order-9 was charged 2 times", lab -> new WebClientOrders(lab, Flaw.NO_KEY));
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(4, lab -> new WebClientOrders(lab, Flaw.values()));
  }

  @LabTest(seeds = 50)
  void withTimeoutAndKeyEachOrderIsChargedOnce(Lab lab) {
    assertThat(new WebClientOrders(lab).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void withTimeoutAndKeyEachOrderIsChargedOnceWithManySeeds(Lab lab) {
    assertThat(new WebClientOrders(lab).run()).isEmpty();
  }
}

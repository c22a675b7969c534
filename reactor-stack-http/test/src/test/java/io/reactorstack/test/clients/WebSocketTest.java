package io.reactorstack.test.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.test.LabTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A WebSocket subscriber that reconnects when its connection has been reset. */
@Timeout(600)
@ExtendWith(Quiet.class)
class WebSocketTest {

  @BeforeAll
  static void runOneWorldFirst() {
    Worlds.first(lab -> new WebSocketFeed(lab, true));
  }

  @Test
  void aSubscriberThatOnlyReconnectsLosesMessages() {
    Worlds.expectFault(27, "lost [6, 14]", lab -> new WebSocketFeed(lab, false));
  }

  @Test
  void oneSeedGivesOneRun() {
    Worlds.expectOneRun(2, lab -> new WebSocketFeed(lab, true));
  }

  @LabTest(seeds = 50)
  void aSubscriberThatResumesReceivesEachMessageOnce(Lab lab) {
    assertThat(new WebSocketFeed(lab, true).run()).isEmpty();
  }

  @LabTest(seeds = 950, firstSeed = 51)
  @Tag("long")
  void aSubscriberThatResumesReceivesEachMessageOnceWithManySeeds(Lab lab) {
    assertThat(new WebSocketFeed(lab, true).run()).isEmpty();
  }
}

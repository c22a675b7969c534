package io.reactorstack.test.junit6;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.test.LabExtension;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** Uses labs in tests with Spring's test context, which keeps one context and its beans for all tests. */
@SpringJUnitConfig(Shop.class)
@ExtendWith(LabExtension.class)
class SpringContextTest {

  private final Shop.Payments payments;
  private Switch lan;

  SpringContextTest(@Autowired Shop.Payments payments) {
    this.payments = payments;
  }

  @BeforeEach
  void connect(Lab lab, @Autowired LabNetwork network) {
    lan = lab.newSwitch("lan");
    network.at(lab.host("shop").address("10.0.0.1/24").connectTo(lan));
  }

  @Test
  void beanPaysInTheWorldOfTheTest(Lab lab) {
    Shop.openBank(lab, lan, Duration.ofMillis(10));
    assertThat(lab.await(payments.pay(42))).isEqualTo("paid 42");
    assertThat(lab.now()).isBetween(Duration.ofMillis(50), Duration.ofMinutes(1));
  }

  @Nested
  class Outage {

    /** The same beans as in the other test, in another world. */
    @Test
    void timeoutOfTheBeanIsInVirtualTime(Lab lab) {
      Shop.openBank(lab, lan, Duration.ofMinutes(1));
      Duration before = lab.now();
      assertThat(lab.await(payments.pay(42).onErrorReturn("not paid"))).isEqualTo("not paid");
      // Six tries of two seconds each, and the pauses between them.
      assertThat(lab.now().minus(before)).isBetween(Duration.ofSeconds(12), Duration.ofSeconds(40));
    }
  }
}

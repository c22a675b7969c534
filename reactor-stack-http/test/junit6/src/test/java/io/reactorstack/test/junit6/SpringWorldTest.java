package io.reactorstack.test.junit6;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.test.LabTest;
import java.time.Duration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** Creates a Spring context for each world, because worlds that run in parallel cannot share beans. */
class SpringWorldTest {

  @LabTest(seeds = 20)
  void eachWorldUsesItsOwnContext(Lab lab) {
    Switch lan = lab.newSwitch("lan");
    Shop.openBank(lab, lan, Duration.ofMillis(10));
    Host shop = lab.host("shop").address("10.0.0.1/24").connectTo(lan);
    try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Shop.class)) {
      context.getBean(LabNetwork.class).at(shop);
      assertThat(lab.await(context.getBean(Shop.Payments.class).pay(7))).isEqualTo("paid 7");
    }
  }
}

package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.NetworkStack;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Junction;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.testing.SetterWalk;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.netty.resources.ConnectionProvider;

/** Checks that every public setter of HTTP and names in worlds rejects wrong values when it is called. */
class SettingsTest {

  private final Lab lab = Lab.virtual(9);
  private final Switch lan = lab.newSwitch("lan");
  private final Host host = lab.host("host").on(lan, "10.0.0.1/24").start();

  private final Internet internet = Internet.in(lab);
  private final AccessPoint home = internet.home("home");

  @AfterEach
  void closeLab() {
    lab.close();
  }

  @Test
  void everySetterRejectsWrongValuesWithAHelpfulMessage() {
    SetterWalk.over(LabHttp.class)
        .instance(LabHttp.class, () -> LabHttp.of(host))
        .instance(LabNames.class, () -> LabNames.of(lab))
        .instance(AccessPoint.class, () -> home)
        .instance(AccessPointBuilder.class, () -> AccessPoint.at(lab, "other").outside(lan, "10.0.0.3/24", "10.0.0.1"))
        .instance(Internet.class, () -> internet)
        .instance(InternetSettings.class, () -> InternetSettings.DEFAULT)
        .sample(Internet.Network.class, () -> internet.networks().getFirst())
        .sample(NatProtocol.class, () -> NatProtocol.TCP)
        .sample(Impairment.class, Impairment::none)
        .sample(Switch.class, () -> lan)
        .sample(UnaryOperator.class, UnaryOperator::identity)
        .sample("AccessPointBuilder.forward(host)", () -> "192.168.1.20")
        .sample("AccessPointBuilder.pool(first)", () -> "192.168.1.30")
        .sample("AccessPointBuilder.pool(last)", () -> "192.168.1.40")
        .valid("applied when the box starts", "AccessPointBuilder.box(change=to null)")
        .sample(String[].class, () -> new String[] {"10.0.0.53"})
        .sample(Lab.class, () -> lab)
        .sample(Host.class, () -> host)
        .sample(Host[].class, () -> new Host[] {host})
        .sample(NetworkStack.class, host::stack)
        .sample(Junction.class, () -> lan)
        .sample(ConnectionProvider.class, ConnectionProvider::newConnection)
        .sample(Duration.class, () -> Duration.ofSeconds(1))
        .sample(int.class, () -> 80)
        .sample(String.class, () -> "10.0.0.53/24")
        .valid("zero is a valid time to live: not cached", "LabNames.timeToLive(time=zero)",
            "LabNames.negativeTimeToLive(time=zero)", "InternetSettings.withTimeToLive(time=zero)",
            "new InternetSettings(timeToLive=zero)")
        .walk();
  }

  @Test
  void aPortIsCheckedAtTheCall() {
    for (int port : new int[] {-1, 65_536}) {
      assertThatThrownBy(() -> LabHttp.of(host).server(port)).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("port " + port + " is out of range: 0 to 65535 (0 lets the stack choose)");
    }
  }
}

package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the equality of instances: Reactor Netty keys what it stores for a stack by the hash code alone. */
class StackLoopResourcesTest {

  /** Holds also in a JVM with {@code -XX:hashCode=2}, in which all identity hash codes are equal. */
  @Test
  void hashCodesAreEqualForOneStackAndDifferBetweenStacks() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      List<NetworkStack> stacks = List.of(
          lab.host("one").address("10.0.0.1/24").connectTo(lan).stack(),
          lab.host("two").address("10.0.0.2/24").connectTo(lan).stack(),
          lab.host("three").address("10.0.0.3/24").connectTo(lan).stack());
      assertThat(stacks).map(StackLoopResources::of).extracting(Object::hashCode).doesNotHaveDuplicates();
      assertThat(stacks).allSatisfy(stack -> assertThat(StackLoopResources.of(stack))
          .isEqualTo(StackLoopResources.of(stack)).hasSameHashCodeAs(StackLoopResources.of(stack)));
    }
  }
}

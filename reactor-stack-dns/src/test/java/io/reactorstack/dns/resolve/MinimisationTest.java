package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.wire.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** The steps by which a name is shown to servers. */
class MinimisationTest {

  private static final Question LONG = new Question(Name.fromConstantString(
      IntStream.range(0, 40).mapToObj(i -> "l" + i).collect(Collectors.joining(".")) + "."), Type.TXT);

  private final Minimisation minimisation = new Minimisation(LONG, true);

  private List<Integer> labelsUntilTheWholeName() {
    List<Integer> labels = new ArrayList<>();
    for (Question next = minimisation.next(); !next.equals(LONG); next = minimisation.next()) {
      labels.add(next.name().labels());
    }
    return labels;
  }

  @Test
  void theFirstStepsHaveOneLabelMore() {
    minimisation.enter(Name.root);
    assertThat(labelsUntilTheWholeName()).startsWith(2, 3, 4, 5).hasSize(Minimisation.MAX_COUNT - 1);
  }

  /** A zone above is asked again with the whole name, if no step is left. */
  @Test
  void theStepsAreLimitedForTheWholeDescent() {
    minimisation.enter(Name.root);
    int steps = 0;
    for (int i = 0; i < 5; i++) {
      steps += labelsUntilTheWholeName().size();
      minimisation.goBack(Name.root);
    }
    assertThat(steps).isEqualTo(Minimisation.MAX_COUNT - 1);
    assertThat(minimisation.next()).isEqualTo(LONG);
  }
}

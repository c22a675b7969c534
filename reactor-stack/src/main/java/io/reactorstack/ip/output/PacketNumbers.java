package io.reactorstack.ip.output;

import java.util.random.RandomGenerator;

/** The numbers that one interface gives its packets: identifications (RFC 6864) and flow labels (RFC 6437). */
public final class PacketNumbers {

  private final IpIdentification identification;
  private final FlowLabels flowLabels;

  /**
   * Numbers of one interface.
   *
   * @param random the source of their secrets
   */
  public PacketNumbers(RandomGenerator random) {
    identification = new IpIdentification(random);
    flowLabels = new FlowLabels(random);
  }

  IpIdentification identification() {
    return identification;
  }

  FlowLabels flowLabels() {
    return flowLabels;
  }
}

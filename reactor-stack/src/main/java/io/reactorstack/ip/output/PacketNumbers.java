package io.reactorstack.ip.output;

import java.util.random.RandomGenerator;

/** The number generators for the packets of one interface: identifications (RFC 6864) and flow labels (RFC 6437). */
public final class PacketNumbers {

  private final IpIdentification identification;
  private final FlowLabels flowLabels;

  /**
   * Creates the generators of one interface.
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

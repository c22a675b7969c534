package io.reactorstack.nat.engine;

import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.packet.Ipv4Address;

/** The decision about a packet, before the packet is changed. */
sealed interface Plan permits Plan.Rewrite, Plan.ErrorRewrite, Plan.Stop {

  /** The identification of a packet that keeps it. */
  int KEPT = -1;

  /**
   * A change of a packet.
   *
   * @param source the new source address
   * @param sourcePort the new source port, or the identifier of an ICMP query on the path {@link Path#OUTBOUND}
   * @param destination the new destination address
   * @param destinationPort the new destination port, or the identifier of an ICMP reply on the path {@link Path#INBOUND}
   * @param identification the new identification, or {@link #KEPT}
   * @param path the way of the packet
   */
  record Rewrite(Ipv4Address source, int sourcePort, Ipv4Address destination, int destinationPort, int identification,
      Path path) implements Plan {}

  /**
   * A change of an ICMP error: of its addresses and of the packet that it quotes.
   *
   * @param error the change of the error; without ports
   * @param quote the quoted packet
   * @param quoted the change of the quoted packet
   */
  record ErrorRewrite(Rewrite error, Quote quote, Rewrite quoted) implements Plan {}

  /** A decision that ends the translation, in either of its halves. */
  sealed interface Stop extends Plan, Step permits Refusal, Pass, Hold {}

  /** The packet is refused. */
  record Refusal(NatDrop reason, Answer answer) implements Stop {

    /** A refusal without an answer. */
    static Refusal silent(NatDrop reason) {
      return new Refusal(reason, Answer.NONE);
    }

    /** A refusal of a new flow, about which the inside host is informed (RFC 5508 REQ-8). */
    static Refusal prohibited(NatDrop reason) {
      return new Refusal(reason, Answer.PROHIBITED);
    }
  }

  /** The packet passes without a change. */
  record Pass() implements Stop {}

  /** The packet is a SYN from outside that nothing inside expects, and is held (RFC 5382 REQ-4). */
  record Hold(HeldSyns.Key key) implements Stop {}
}

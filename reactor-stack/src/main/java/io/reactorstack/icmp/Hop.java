package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.List;

/**
 * One hop of a traced path.
 *
 * @param distance the hop limit of the probes
 * @param answers the result of each probe, in the order of sending; several hosts may answer if the path forks
 * @param mtus the reports of routers that the probes were longer than a link of the path, in the order of arrival. The
 *     link begins at the reporter; the hop is the one behind it
 * @param pathMtu the size of the longest packet that the path is known to carry so far, in bytes; 0 unless it is
 *     discovered
 */
public record Hop(int distance, List<Answer> answers, List<MtuReport> mtus, int pathMtu) {

  /** The result of one probe. */
  public sealed interface Answer {}

  /**
   * The target itself has replied: with an echo reply, a segment or a datagram.
   *
   * @param from the target's address
   * @param roundTrip the time from the probe to the reply
   */
  public record Reached(IpAddress from, Duration roundTrip) implements Answer {}

  /**
   * A router or the target has reported an error about the probe, or this host could not send it. An
   * {@link IcmpError.TimeExceeded} is the ordinary answer of a router on the path; a port unreachable error from the
   * target is its answer to a datagram.
   *
   * @param failure the error; {@link DeliveryFailure#reporter} is the router
   * @param roundTrip the time from the probe to the report
   */
  public record Reported(DeliveryFailure failure, Duration roundTrip) implements Answer {

    /** The address of the router, or of this host. */
    public IpAddress from() {
      return failure.reporter();
    }
  }

  /** No answer has arrived in time. */
  public record Silent() implements Answer {}

  /**
   * The report of a router that a probe was longer than the next link.
   *
   * @param router the address of the router
   * @param mtu the MTU of the link behind it, in bytes
   */
  public record MtuReport(IpAddress router, int mtu) {}

  /** Makes the lists unmodifiable. */
  public Hop {
    answers = List.copyOf(answers);
    mtus = List.copyOf(mtus);
  }

  /** The different hosts that have answered, in order. */
  public List<IpAddress> hosts() {
    return answers.stream().<IpAddress>mapMulti((answer, found) -> {
      switch (answer) {
        case Reached reached -> found.accept(reached.from());
        case Reported reported -> found.accept(reported.from());
        case Silent silent -> {
          // No host has answered.
        }
      }
    }).distinct().toList();
  }

  /** Returns whether the path ends here: the target was reached, or a host reports that it cannot be. */
  public boolean isLast() {
    return answers.stream().anyMatch(Hop::isEnd);
  }

  static boolean isEnd(Answer answer) {
    return switch (answer) {
      case Reached reached -> true;
      case Reported reported -> reported.failure().kind() != IcmpError.Kind.HOP_LIMIT_EXCEEDED;
      case Silent silent -> false;
    };
  }
}

package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A NAT or firewall that remembers flows, and forgets those on which no packet has passed for a while:
 * {@link Effects#forgetIdle}.
 */
final class FlowMemory implements Effect {

  private static final String FORGOTTEN = "FORGOTTEN";

  /** A flow in the direction of the side that opened it. */
  private record Flow(int protocol, IpAddress from, int fromPort, IpAddress to, int toPort) {

    Flow reversed() {
      return new Flow(protocol, to, toPort, from, fromPort);
    }
  }

  private final Duration idle;
  /** The time of the last packet of each flow that was ever opened. */
  private final Map<Flow, Duration> lastPassed = new HashMap<>();

  FlowMemory(Duration idle) {
    this.idle = idle;
  }

  @Override
  public String name() {
    return FORGOTTEN;
  }

  @Override
  public Verdict judge(Frame frame, Duration now) {
    FrameView view = FrameView.of(frame);
    Flow flow = flowOf(view);
    if (flow == null) {
      return Verdict.pass();
    }
    Flow opened = lastPassed.containsKey(flow.reversed()) ? flow.reversed() : flow;
    Duration last = lastPassed.get(opened);
    boolean known = last != null && now.minus(last).compareTo(idle) <= 0;
    if (!known && !opens(view, flow, opened)) {
      return Verdict.drop(FORGOTTEN);
    }
    if (!known && flow.protocol == IpProtocol.TCP) {
      lastPassed.remove(opened);
      opened = flow;
    }
    lastPassed.put(opened, now);
    return Verdict.pass();
  }

  private static @Nullable Flow flowOf(FrameView view) {
    IpAddress from = view.source();
    IpAddress to = view.destination();
    int fromPort = view.sourcePort();
    return from == null || to == null || fromPort < 0
        ? null
        : new Flow(view.protocol(), from, fromPort, to, view.destinationPort());
  }

  private static boolean opens(FrameView view, Flow flow, Flow opened) {
    return flow.protocol == IpProtocol.TCP
        ? (view.tcpFlags() & (TcpSegment.SYN | TcpSegment.ACK)) == TcpSegment.SYN
        : flow.equals(opened);
  }
}

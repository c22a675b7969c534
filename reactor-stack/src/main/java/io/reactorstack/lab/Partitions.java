package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.lab.ReceivingEnd.Gate.Choice;
import io.reactorstack.setting.Checks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The partitions and holds between hosts. Confined to the loop.
 *
 * <p>Frames are stopped at the receiver, by the host that sent them. So the network between the hosts does not matter,
 * and a frame for a group still reaches the other receivers.
 */
final class Partitions {

  /** The path from one host to another, in one direction. */
  record Way(Host from, Host to) {}

  private final List<Host> hosts;
  private final Set<Way> cut = new HashSet<>();
  private final Set<Way> held = new HashSet<>();

  /** @param hosts the lab's list of hosts, always up to date */
  Partitions(List<Host> hosts) {
    this.hosts = hosts;
  }

  /** Returns the paths from each of {@code from} to each of {@code to}. */
  List<Way> ways(Collection<Host> from, Collection<Host> to) {
    List<Way> ways = new ArrayList<>();
    for (Host sender : from) {
      for (Host receiver : to) {
        if (known(sender).equals(known(receiver))) {
          throw new IllegalArgumentException("host " + sender.name() + " is on both sides");
        }
        ways.add(new Way(sender, receiver));
      }
    }
    return ways;
  }

  private Host known(Host host) {
    if (!hosts.contains(Checks.given("host to part", host))) {
      throw new IllegalArgumentException(
          "host " + host.name() + " is not in this lab: it was replaced, or belongs to another lab");
    }
    return host;
  }

  void cut(Collection<Way> ways) {
    cut.addAll(ways);
    update();
  }

  void hold(Collection<Way> ways) {
    held.addAll(ways);
    update();
  }

  void repair(Predicate<Way> which) {
    cut.removeIf(which);
    update();
  }

  void release(Predicate<Way> which) {
    held.removeIf(which);
    update();
  }

  /** Sets the gates in the order of the hosts: this delivers held frames, and equal seeds must give equal runs. */
  private void update() {
    for (Host host : List.copyOf(hosts)) {
      boolean closed = cut.stream().anyMatch(way -> way.to.equals(host))
          || held.stream().anyMatch(way -> way.to.equals(host));
      host.gate(closed ? frame -> choose(host, frame) : null);
    }
  }

  /** Returns the paths that are cut or on hold, one line each, in the order of the hosts. */
  List<String> inForce() {
    List<String> lines = new ArrayList<>();
    for (Host from : hosts) {
      for (Host to : hosts) {
        Way way = new Way(from, to);
        if (cut.contains(way)) {
          lines.add(to.name() + " does not hear of " + from.name());
        }
        if (held.contains(way)) {
          lines.add("frames of " + from.name() + " are held back from " + to.name());
        }
      }
    }
    return lines;
  }

  private Choice choose(Host to, Frame frame) {
    FrameView view = FrameView.of(frame);
    return isFrom(cut, to, view) ? Choice.DROP : isFrom(held, to, view) ? Choice.HOLD : Choice.OPEN;
  }

  private static boolean isFrom(Set<Way> ways, Host to, FrameView view) {
    return ways.stream().anyMatch(way -> way.to.equals(to) && way.from.isSourceOf(view));
  }
}

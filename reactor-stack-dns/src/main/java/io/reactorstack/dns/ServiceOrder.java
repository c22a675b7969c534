package io.reactorstack.dns;

import io.reactorstack.dns.record.RecordData.Mx;
import io.reactorstack.dns.record.RecordData.Srv;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** The order in which a client tries the hosts of a service. */
final class ServiceOrder {

  private ServiceOrder() {}

  /** Returns mail servers by ascending preference, equal ones in random order (RFC 5321 section 5.1). */
  static List<Mx> mx(List<Mx> servers, RandomGenerator random) {
    List<Mx> order = new ArrayList<>(servers);
    Collections.shuffle(order, Random.from(random));
    order.sort(Comparator.comparingInt(Mx::preference));
    return order;
  }

  /** Returns hosts by ascending priority, those of one priority by chance according to their weights (RFC 2782). */
  static List<Srv> srv(List<Srv> hosts, RandomGenerator random) {
    TreeMap<Integer, List<Srv>> byPriority = new TreeMap<>();
    hosts.forEach(host -> byPriority.computeIfAbsent(host.priority(), p -> new ArrayList<>()).add(host));
    List<Srv> order = new ArrayList<>();
    byPriority.values().forEach(equal -> drawAll(equal, order, random));
    return order;
  }

  /** RFC 2782: those with weight 0 stand first, so that they have a small chance to be drawn. */
  private static void drawAll(List<Srv> equal, List<Srv> order, RandomGenerator random) {
    equal.sort(Comparator.comparingInt(host -> host.weight() == 0 ? 0 : 1));
    while (!equal.isEmpty()) {
      int all = equal.stream().mapToInt(Srv::weight).sum();
      int drawn = random.nextInt(all + 1);
      int sum = 0;
      for (Srv host : equal) {
        sum += host.weight();
        if (sum >= drawn) {
          order.add(host);
          equal.remove(host);
          break;
        }
      }
    }
  }
}

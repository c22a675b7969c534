package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.resolve.WalkBench.Asking;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;

/**
 * A server of one zone that sends random and changed responses: whatever it says, each question ends, nothing is left
 * open, and nothing false is known about other zones.
 */
class LiesProperties {

  private static final int TRIES = 20_000;
  private static final int MANY_TRIES = 1_000_000;
  private static final int MOST_MESSAGES = 100;
  private static final int CLEARED_EACH = 64;

  private static final Name EXAMPLE = WalkBench.name("example.lab");

  private static final List<String> OWNERS = List.of("%s", "%s", "%s", "a.%s", "example.lab.", "www.example.lab.",
      "x.example.lab.", "lab.", ".", "org.", "other.org.", "www.other.org.", "ns.other.org.", "ns.lab.",
      "ns.example.lab.", "*.example.lab.");

  private static final List<String> EXISTING = List.of(".", "lab.", "org.", "other.org.", "www.other.org.",
      "ns.other.org.", "ns.lab.", "ns.org.", "ns.root.");

  /** Data that no honest server has, and names that lead to them. */
  private static final List<String> DATA = List.of("A 6.6.6.6", "A 6.6.6.7", "AAAA 2001:db8:666::6", "NS evil.lab.",
      "NS evil.org.", "NS ns.example.lab.", "NS evil.example.lab.", "NS x.www.example.lab.", "CNAME www.other.org.",
      "CNAME evil.lab.", "CNAME www.example.lab.", "CNAME a.b.example.lab.", "DNAME other.org.", "DNAME example.lab.",
      "DNAME evil.lab.", "SOA evil.lab. evil.lab. 1 1 1 1 86400", "TXT evil", "TYPE65280 \\# 2 0666",
      "DS 1 13 2 " + "06".repeat(32),
      "MX 1 evil.lab.");

  private final WalkBench bench = WalkBench.small();
  private final VirtualInternet net = bench.net;
  private final VirtualInternet.Server evil = net.server("evil", "6.6.6.6");
  private SplittableRandom random = new SplittableRandom(0);
  private int tries;
  private long answers;
  private long messages;

  LiesProperties() {
    evil.zone("lab", "@ NS evil", "evil A 6.6.6.6").zone("org", "@ NS evil", "evil A 6.6.6.6");
    net.server("example").does(this::lie);
  }

  private void lie(VirtualInternet.Asked asked, byte[] honest, Consumer<byte[]> replies) {
    for (int n = random.nextInt(8) == 0 ? random.nextInt(4) : 1; n > 0; n--) {
      byte[] octets = random.nextInt(4) == 0 ? honest.clone() : composed(asked, honest);
      for (int k = random.nextInt(3) == 0 ? random.nextInt(1, 6) : 0; k > 0; k--) {
        octets[random.nextInt(random.nextInt(3) == 0 ? 0 : 12, octets.length)] = (byte) random.nextInt();
      }
      replies.accept(random.nextInt(30) == 0 ? Arrays.copyOf(octets, random.nextInt(octets.length)) : octets);
    }
  }

  private byte[] composed(VirtualInternet.Asked asked, byte[] honest) {
    Message message = VirtualInternet.message(honest);
    if (random.nextBoolean()) {
      VirtualInternet.clear(message);
    }
    if (random.nextInt(4) > 0) {
      message.getHeader().setFlag(Flags.AA);
    } else {
      message.getHeader().unsetFlag(Flags.AA);
    }
    if (random.nextInt(20) == 0) {
      message.getHeader().setFlag(Flags.TC);
    }
    message.getHeader().setRcode(random.nextInt(3) > 0 ? 0 : random.nextInt(4) > 0 ? 3 : random.nextInt(16));
    for (int n = random.nextInt(6); n > 0; n--) {
      String owner = pick(OWNERS).formatted(asked.query().getQuestion().getName());
      int section = random.nextInt(Section.ANSWER, Section.ADDITIONAL + 1);
      message.addRecord(VirtualInternet.record(owner + " " + random.nextInt(100_000) + " " + pick(DATA)), section);
    }
    return message.toWire(Message.MAXLENGTH);
  }

  private String pick(List<String> some) {
    return some.get(random.nextInt(some.size()));
  }

  private void oneTry(long seed) {
    random = new SplittableRandom(seed);
    String type = pick(List.of("A", "A", "AAAA", "NS", "CNAME", "ANY", "TXT", "SOA", "DS", "DNAME", "TYPE65280"));
    String name = pick(List.of("", "www.", "x.", "a.b.", "n" + seed + ".", "deep.er.n" + seed + ".")) + "example.lab";
    Asking asking = bench.start(name, type);
    Answer answer = bench.await(asking);
    answers += answer.failure() == null ? 1 : 0;
    messages += net.asked.size();
    assertThat(net.asked.size()).as("messages").isLessThanOrEqualTo(MOST_MESSAGES);
    // The liar may delegate names of its own zone to anybody.
    assertThat(net.asked).filteredOn(asked -> asked.server() == evil)
        .as("messages to a server that no honest server names")
        .allMatch(asked -> asked.query().getQuestion().getName().subdomain(EXAMPLE));
    assertThat(bench.resolutions().outstanding()).isZero();
    net.asked.clear();
    if (++tries % CLEARED_EACH == 0) {
      checkTruth();
      bench.checkIdle();
      bench.cache().clear();
    }
    if (tries % TRIES == 0) {
      System.out.println(tries + " questions to a liar: " + answers + " answers, " + messages + " messages");
    }
  }

  /** Fails if something false is known about names that are not in the zone of the liar. */
  private void checkTruth() {
    for (RRset set : bench.cache().sets()) {
      assertThat(set.name().subdomain(EXAMPLE) || isTrue(set)).as("%s %s", set, set.records()).isTrue();
    }
    assertThat(bench.cache().dump()).noneMatch(line -> line.startsWith("; ")
        && EXISTING.contains(line.split(" ")[1]) && !line.contains("NODATA"));
    assertThat(bench.cache().dump()).noneMatch(line -> line.matches("; www\\.other\\.org\\. .*IN A .*"));
    assertThat(bench.records("www.other.org", "A")).containsExactly("www.other.org A 10.9.0.2");
    assertThat(bench.records("lab", "NS")).containsExactly("lab NS ns.lab.");
  }

  private static boolean isTrue(RRset set) {
    String text = set.records().toString();
    return !text.contains("evil") && !text.contains("6.6.6") && !text.contains("666");
  }

  @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void nothingFalseIsKnownAboutOtherZones(@ForAll long seed) {
    oneTry(seed);
  }

  @Tag("long")
  @Property(tries = MANY_TRIES, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void nothingFalseIsKnownAboutOtherZonesAfterManyTries(@ForAll long seed) {
    oneTry(seed);
  }
}

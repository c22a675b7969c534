package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Records;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Random zones: the search tree agrees with a model that follows the definitions of RFC 4592 and RFC 6672 over the list
 * of records, whatever is queried, and the server answers every message within its bounds.
 */
class ZonePropertyTest {

  private static final Name ORIGIN = Name.fromConstantString("lab.");
  private static final SOARecord SOA = new SOARecord(ORIGIN, DClass.IN, 60, ORIGIN, ORIGIN, 1, 1, 1, 1, 1);

  /** Few labels, so that names meet: a wildcard, its lookalike, the same label in two cases, and none. */
  private static final List<String> LABELS = List.of("", "a.", "b.", "B.", "*.", "*a.");

  private static final int MAX_LABELS = 4;

  /** Types and data; the data of some names another name. */
  private static final Arbitrary<String> KINDS = Arbitraries.of("A 10.0.0.1", "A 10.0.0.1", "A 10.0.0.2", "A 10.0.0.2",
      "TXT text", "TXT text", "CNAME %s", "CNAME %s", "DNAME %s", "NS %s", "NS %s", "DS 1 13 240 00");

  /** Names of at most four labels below the origin; each is a number, because jqwik mixes lists up when it shrinks them. */
  @Provide
  private static Arbitrary<Name> names() {
    int count = (int) Math.pow(LABELS.size(), MAX_LABELS);
    return Arbitraries.integers().between(0, count - 1).map(number -> {
      StringBuilder name = new StringBuilder();
      for (int rest = number; rest > 0; rest /= LABELS.size()) {
        name.append(LABELS.get(rest % LABELS.size()));
      }
      return Name.fromConstantString(name + "lab.");
    });
  }

  @Provide
  private static Arbitrary<List<Record>> zones() {
    return Combinators.combine(names(), KINDS, names()).as(ZonePropertyTest::coded).list().ofMaxSize(12)
        .map(ZonePropertyTest::valid);
  }

  private static Record coded(Name owner, String kind, Name target) {
    String[] parts = kind.formatted(target).split(" ", 2);
    try {
      return Record.fromString(owner, Type.value(parts[0]), DClass.IN, 60, parts[1], Name.root);
    } catch (IOException e) {
      throw new AssertionError(kind, e);
    }
  }

  /** Returns the records of {@code wanted} that a zone accepts one after the other. */
  private static List<Record> valid(List<Record> wanted) {
    List<Record> accepted = new ArrayList<>();
    for (Record each : wanted) {
      if (ZoneCheck.fault(ORIGIN, accepted, List.of(each)) == null) {
        accepted.add(each);
      }
    }
    return accepted;
  }

  @Property(tries = 3000)
  void theTreeAgreesWithTheDefinitions(@ForAll("zones") List<Record> zone, @ForAll("names") Name name,
      @ForAll("types") int type) {
    assertThat(text(new ZoneTree(ORIGIN, SOA, zone).find(name, type)))
        .as("%s %s in %s", name, Type.string(type), zone)
        .isEqualTo(text(new Model(zone).find(name, type)));
  }

  @Provide
  private static Arbitrary<Integer> types() {
    return Arbitraries.of(Type.A, Type.TXT, Type.CNAME, Type.DNAME, Type.NS, Type.DS, Type.ANY, Type.AAAA);
  }

  /** The order of records has no meaning, nor has the case of a name with several spellings in the zone. */
  private static String text(ZoneTree.Answer answer) {
    String text = switch (answer) {
      case ZoneTree.Answer.Records(var records) -> text(records);
      case ZoneTree.Answer.Referral referral -> "referral " + text(referral.servers()) + text(referral.glue())
          + text(referral.siblings());
      default -> answer.toString();
    };
    return text.toLowerCase(Locale.ROOT);
  }

  private static String text(List<Record> records) {
    return records.stream().map(r -> r.toString().toLowerCase(Locale.ROOT)).distinct().sorted().toList().toString();
  }

  @Property(tries = 500)
  void aZoneIsValidWhateverTheOrderOfItsRecords(@ForAll("zones") List<Record> zone) {
    assertThat(ZoneCheck.fault(ORIGIN, List.of(), zone)).isNull();
    assertThat(ZoneCheck.fault(ORIGIN, List.of(), zone.reversed())).isNull();
    for (int i = 0; i <= zone.size(); i++) {
      assertThat(ZoneCheck.fault(ORIGIN, zone.subList(i, zone.size()), zone.subList(0, i))).isNull();
    }
  }

  @Property(tries = 500)
  void aZoneFileKeepsAllRecords(@ForAll("zones") List<Record> records) throws IOException {
    Zone zone = zone(records);
    Zone read = Zone.parse("lab", new StringReader(zone.zoneFile()));
    assertThat(read.zoneFile()).isEqualTo(zone.zoneFile());
    assertThat(read.records()).isEqualTo(zone.records());
  }

  private static Zone zone(List<Record> records) {
    return Zone.of("lab").records(records.stream().map(r -> Records.value(r, r.getTTL())).toList());
  }

  @Property(tries = 3000)
  void everyMessageIsAnsweredWithinItsBounds(@ForAll("zones") List<Record> records, @ForAll("names") Name name,
      @ForAll("types") int type, @ForAll boolean edns, @ForAll long seed) {
    ServerBench server = new ServerBench(zone(records), Zone.of("a.b.lab").address("@", IpAddress.parse("10.0.0.7")));
    byte[] good = (edns ? ServerBench.edns(name.toString(), type, 4096) : ServerBench.query(name.toString(), type))
        .toWire();
    Message answer = ServerBench.parse(server.answers.overUdp(good, ServerBench.CLIENT));
    assertThat(answer.getSection(Section.QUESTION)).hasSize(1);
    assertThat(answer.getOPT() != null).isEqualTo(edns);
    Random random = new Random(seed);
    byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 8));
    for (int n = random.nextInt(4); n >= 0 && bad.length > 0; n--) {
      bad[random.nextInt(bad.length)] = (byte) random.nextInt();
    }
    byte[] udp = server.answers.overUdp(bad, ServerBench.CLIENT);
    byte[] tcp = server.answers.overTcp(bad, ServerBench.CLIENT);
    boolean ignored = bad.length < 12 || (bad[2] & 0x80) != 0;
    assertThat(udp == null).as("%s", Arrays.toString(bad)).isEqualTo(ignored);
    assertThat(tcp == null).isEqualTo(ignored);
    if (udp != null) {
      assertThat(udp.length).isBetween(12, 1232);
      assertThat(ServerBench.parse(udp).getHeader().getID()).isEqualTo((bad[0] & 0xff) << 8 | bad[1] & 0xff);
    }
  }

  /** The parts of zone files, in any order. */
  @Provide
  private static Arbitrary<List<String>> texts() {
    return Arbitraries.of("$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE", "$", "\n", "\n", "\r\n", " ", " ", "\t", "(", ")",
        "\"", ";", "\\", "@", "*", "a", "www.lab.", "60", "1-3", "IN", "CH", "A", "10.0.0.1", "CNAME", "SOA", "TXT",
        "NS",
        "DNAME", "\\# 2 0102", "TYPE65280", "${0,3,d}", "\0", "\u00fc", "\ud83d\ude00", "4294967296").list()
        .ofMaxSize(40);
  }

  @Property(tries = 3000)
  void anyTextIsAZoneFileOrHasAFaultInALine(@ForAll("texts") List<String> parts) throws IOException {
    String text = String.join("", parts);
    try {
      assertThat(Zone.parse("lab", new StringReader(text)).zoneFile()).startsWith("$ORIGIN lab.\n");
    } catch (IllegalArgumentException e) {
      assertThat(e).as(text).hasMessageMatching("(?s)line \\d+: .+");
    }
  }

  /**
   * The answers of a zone by the definitions. It knows no tree: each question is a walk over all records.
   *
   * @param records the zone without its SOA record
   */
  private record Model(List<Record> records) {

    ZoneTree.Answer find(Name name, int type) {
      List<Name> enclosing = new ArrayList<>();
      for (int labels = ORIGIN.labels(); labels <= name.labels(); labels++) {
        enclosing.add(Names.suffix(name, labels));
      }
      // The first delegation or redirection on the way down wins.
      for (Name each : enclosing) {
        boolean delegated = !each.equals(ORIGIN) && !at(each, Type.NS).isEmpty();
        if (delegated && !(each.equals(name) && type == Type.DS)) {
          return referral(each);
        }
        if (!each.equals(name) && !at(each, Type.DNAME).isEmpty()) {
          return redirected((DNAMERecord) at(each, Type.DNAME).getFirst(), name);
        }
      }
      if (exists(name)) {
        return answer(name, name, type);
      }
      // RFC 4592 section 3.3.1: the closest encloser is the existing name with the most labels in common.
      Name encloser = enclosing.stream().filter(this::exists).reduce((above, below) -> below).orElseThrow();
      Name source = concatenated(encloser);
      if (!exists(source)) {
        return new ZoneTree.Answer.NameError();
      }
      boolean delegates = !at(source, Type.NS).isEmpty();
      return delegates ? new ZoneTree.Answer.NoData() : answer(source, name, type);
    }

    /** RFC 4592 section 2.2: a name exists if it, or a name below it, has a record. */
    private boolean exists(Name name) {
      return name.equals(ORIGIN) || records.stream().anyMatch(r -> r.getName().subdomain(name));
    }

    private List<Record> at(Name name, int type) {
      return records.stream().filter(r -> r.getName().equals(name))
          .filter(r -> type == Type.ANY || r.getType() == type).toList();
    }

    private ZoneTree.Answer answer(Name owner, Name name, int type) {
      List<Record> found = new ArrayList<>(at(owner, type));
      if (owner.equals(ORIGIN) && type == Type.ANY) {
        found.add(SOA);
      }
      if (!found.isEmpty()) {
        return new ZoneTree.Answer.Records(found.stream().map(r -> named(r, owner, name)).toList());
      }
      return at(owner, Type.CNAME).stream()
          .findFirst().<ZoneTree.Answer>map(r -> new ZoneTree.Answer.Alias((CNAMERecord) named(r, owner, name)))
          .orElse(new ZoneTree.Answer.NoData());
    }

    /** A synthesized record has the queried name; one that exists has its own, which may differ in case. */
    private static Record named(Record known, Name owner, Name name) {
      return owner.equals(name) ? known : known.withName(name);
    }

    private ZoneTree.Answer referral(Name cut) {
      Set<Record> glue = new HashSet<>();
      Set<Record> siblings = new HashSet<>();
      for (Record server : at(cut, Type.NS)) {
        Name target = server.getAdditionalName();
        (target.subdomain(cut) ? glue : siblings).addAll(at(target, Type.A));
      }
      return new ZoneTree.Answer.Referral(at(cut, Type.NS), List.copyOf(glue), List.copyOf(siblings));
    }

    private static ZoneTree.Answer redirected(DNAMERecord dname, Name name) {
      try {
        return new ZoneTree.Answer.Redirection(dname, new CNAMERecord(name, DClass.IN, 60, name.fromDNAME(dname)));
      } catch (NameTooLongException e) {
        return new ZoneTree.Answer.Redirection(dname, null);
      }
    }

    private static Name concatenated(Name encloser) {
      return Name.fromConstantString("*." + encloser);
    }
  }
}

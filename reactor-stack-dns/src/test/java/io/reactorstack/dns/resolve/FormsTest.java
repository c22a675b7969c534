package io.reactorstack.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.resolve.WalkBench.Asking;
import io.reactorstack.testing.Requirement;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Tests that names and data of all forms pass through the resolver unchanged. */
class FormsTest {

  private final WalkBench bench = WalkBench.small();
  private final VirtualInternet net = bench.net;

  @AfterEach
  void nothingIsLeft() {
    bench.checkIdle();
  }

  @Test
  @Requirement("RFC1034-3.5-02")
  void namesThatAreNoHostNamesAreResolvedToo() {
    bench.example("-_a!b*c A 10.9.0.1");
    assertThat(bench.records("-_a!b*c.example.lab", "A")).hasSize(1);
  }

  @Test
  @Requirement({"RFC1035-2.3.3-01", "RFC2181-11-01", "RFC2181-11-02"})
  void labelsMayHaveAnyOctets() {
    for (int from = 0; from < 256; from += 50) {
      StringBuilder label = new StringBuilder();
      for (int octet = from; octet < Math.min(256, from + 50); octet++) {
        label.append("\\%03d".formatted(octet));
      }
      String name = label + ".example.lab";
      bench.example(label + " A 10.9.0.1");
      Answer answer = bench.ask(name, "A");
      assertThat(answer.sets()).hasSize(1);
      assertThat(answer.sets().getFirst().name()).isEqualTo(WalkBench.name(name));
      assertThat(bench.ask(name, "A").path().steps()).as("from the cache").isEmpty();
    }
  }

  @Test
  @Requirement("RFC1035-3.1-03")
  void onlyLettersHaveTwoCases() {
    bench.example("a\\091b A 10.9.0.1", "a\\123b A 10.9.0.2", "x\\192 A 10.9.0.3", "x\\224 A 10.9.0.4");
    assertThat(bench.records("a\\091b.example.lab", "A")).first().asString().endsWith("10.9.0.1");
    assertThat(bench.records("a\\123b.example.lab", "A")).first().asString().endsWith("10.9.0.2");
    assertThat(bench.records("A\\091B.example.lab", "A")).first().asString().endsWith("10.9.0.1");
    assertThat(bench.records("x\\192.example.lab", "A")).first().asString().endsWith("10.9.0.3");
    assertThat(bench.records("x\\224.example.lab", "A")).first().asString().endsWith("10.9.0.4");
  }

  @Test
  @Requirement({"RFC1035-2.3.3-02", "RFC4343-4-01", "RFC3597-3-03"})
  void theLetterCaseOfNamesInDataIsKept() {
    bench.exchange = bench.exchange.randomCase(true);
    bench.example("www CNAME WeB", "web A 10.9.0.1", "@ MX 10 MaiL.Other.ORG.", "@ TYPE65280 \\# 4 61426344");
    assertThat(bench.records("www.example.lab", "A")).first()
        .isEqualTo("www.example.lab CNAME WeB.example.lab.");
    assertThat(bench.records("example.lab", "MX")).containsExactly("example.lab MX 10 MaiL.Other.ORG.");
    assertThat(bench.records("example.lab", "MX")).as("from the cache").endsWith("example.lab MX 10 MaiL.Other.ORG.");
    assertThat(bench.records("example.lab", "TYPE65280")).containsExactly("example.lab TYPE65280 \\# 4 61426344");
  }

  @Test
  @Requirement("RFC4343-4.2-01")
  void aNameIsFoundInTheCacheInAnyLetterCase() {
    assertThat(bench.records("wWw.eXample.lab", "A")).hasSize(1);
    net.queries();
    assertThat(bench.records("WWW.example.LAB", "A")).hasSize(1);
    assertThat(net.queries()).isEmpty();
  }

  @Test
  @Requirement({"RFC1035-4.1.1-02", "RFC1123-6.1.2.2-01"})
  void aQueryHasOneQuestionAndNoFlags() {
    bench.ask("www.example.lab", "A");
    assertThat(net.asked).allSatisfy(asked -> {
      for (int flag : new int[] {Flags.QR, Flags.AA, Flags.TC, Flags.RD, Flags.RA, Flags.AD, Flags.CD}) {
        assertThat(asked.query().getHeader().getFlag(flag)).as(Flags.string(flag)).isFalse();
      }
      byte[] octets = asked.query().toWire();
      assertThat(octets[3] & 0x40).as("Z").isZero();
      assertThat(asked.query().getHeader().getOpcode()).isEqualTo(Opcode.QUERY);
      assertThat(asked.query().getRcode()).isZero();
      assertThat(asked.query().getHeader().getCount(Section.QUESTION)).isEqualTo(1);
      assertThat(asked.query().getHeader().getCount(Section.ANSWER)).isZero();
      assertThat(asked.query().getHeader().getCount(Section.AUTHORITY)).isZero();
      assertThat(asked.query().getQuestion().getDClass()).isEqualTo(DClass.IN);
    });
    assertThat(net.asked.stream().map(asked -> asked.query().getHeader().getID()).distinct()).as("IDs")
        .hasSizeGreaterThan(1);
  }

  /** Returns the response to {@code query} with a record whose data is {@code data} in hexadecimal digits. */
  private static byte[] response(Message query, int type, String data) {
    Message empty = new Message(query.getHeader().getID());
    empty.getHeader().setFlag(Flags.QR);
    empty.getHeader().setFlag(Flags.AA);
    empty.addRecord(query.getQuestion(), Section.QUESTION);
    byte[] octets = empty.toWire();
    octets[7] = 1; // ANCOUNT
    byte[] rdata = HexFormat.of().parseHex(data.replace(" ", ""));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(octets);
    out.writeBytes(new byte[] {(byte) 0xc0, 12, (byte) (type >> 8), (byte) type, 0, 1, 0, 0, 0, 60, 0,
        (byte) rdata.length});
    out.writeBytes(rdata);
    return out.toByteArray();
  }

  @Test
  @Requirement({"RFC1035-4.1.4-02", "RFC3597-4-02", "RFC3597-4-03"})
  void compressedNamesInDataAreExpanded() {
    // c00c is the name of the question; 0161c00c is a name below it.
    String me = "www.example.lab.";
    Map<Integer, List<String>> data = Map.ofEntries(
        Map.entry(Type.NS, List.of("0161 c00c", "a." + me)), Map.entry(Type.PTR, List.of("c00c", me)),
        Map.entry(Type.MX, List.of("0001 0161 c00c", "1 a." + me)),
        Map.entry(Type.SOA, List.of("c00c 0161 c00c 0000000100000002000000030000000400000005",
            me + " a." + me + " 1 2 3 4 5")),
        Map.entry(Type.RP, List.of("c00c 0161 c00c", me + " a." + me)),
        Map.entry(Type.AFSDB, List.of("0001 c00c", "1 " + me)), Map.entry(Type.RT, List.of("0001 c00c", "1 " + me)),
        Map.entry(Type.PX, List.of("0001 c00c 0161 c00c", "1 " + me + " a." + me)),
        Map.entry(Type.SRV, List.of("0001 0002 0003 0161 c00c", "1 2 3 a." + me)),
        Map.entry(Type.NAPTR, List.of("0001 0002 00 00 00 0161 c00c", "1 2 \"\" \"\" \"\" a." + me)),
        Map.entry(Type.DNAME, List.of("0161 c00c", "a." + me)));
    data.forEach((type, forms) -> {
      bench.ask("ns.example.lab", "A");
      net.server("example")
          .does((asked, honest, replies) -> replies.accept(asked.query().getQuestion().getType() == type
              ? response(asked.query(), type, forms.get(0))
              : honest));
      Answer answer = bench.ask("www.example.lab", Type.string(type));
      assertThat(WalkBench.records(answer)).as(Type.string(type))
          .containsExactly("www.example.lab " + Type.string(type) + " " + forms.get(1));
      bench.cache().clear();
    });
  }

  @Test
  @Requirement({"RFC1035-4.1.4-03", "RFC3597-4-01"})
  void theServerDoesNotCompressNamesInDataOfNewerTypes() {
    bench.example("www SRV 1 2 3 www", "www MX 1 www");
    byte[][] last = new byte[1][];
    net.server("example").does((asked, honest, replies) -> {
      last[0] = honest;
      replies.accept(honest);
    });
    bench.ask("www.example.lab", "SRV");
    assertThat(HexFormat.of().formatHex(last[0]))
        .contains("0017" + "000100020003" + "03777777076578616d706c65036c616200");
    bench.ask("www.example.lab", "MX");
    assertThat(HexFormat.of().formatHex(last[0])).as("an old type").contains("0004" + "0001" + "c00c");
  }

  @Test
  @Requirement({"RFC3597-3-01", "RFC3597-6-01"})
  void dataOfUnknownTypesAreOctets() {
    bench.example("www TYPE65280 \\# 4 61626364", "www TYPE65280 \\# 4 41626364", "www TYPE65280 \\# 2 c00c");
    net.server("example").lies(asked -> asked.type().equals("TYPE65280"), message -> message.addRecord(
        Record.newRecord(Name.fromConstantString("WWW.example.lab."), 65280, DClass.IN, 60,
            new byte[] {0x61, 0x62, 0x63, 0x64}),
        Section.ANSWER));
    assertThat(bench.records("www.example.lab", "TYPE65280")).containsExactlyInAnyOrder(
        "www.example.lab TYPE65280 \\# 4 61626364", "www.example.lab TYPE65280 \\# 4 41626364",
        "www.example.lab TYPE65280 \\# 2 C00C");
  }

  @Test
  @Requirement("RFC1035-4.2.1-04")
  void responsesMayComeInAnyOrder() {
    bench.example("a A 10.9.0.1", "b A 10.9.0.2", "c A 10.9.0.3");
    bench.ask("ns.example.lab", "A");
    int[] number = {0};
    net.server("example").does((asked, honest, replies) -> bench.loop.schedule(() -> replies.accept(honest),
        90 - 30L * number[0]++, TimeUnit.MILLISECONDS)).delay(Duration.ofMillis(1));
    List<Asking> all = List.of(bench.start("a.example.lab", "A"), bench.start("b.example.lab", "A"),
        bench.start("c.example.lab", "A"));
    for (int i = 0; i < 3; i++) {
      assertThat(WalkBench.records(bench.await(all.get(i)))).singleElement().asString().endsWith(".9.0." + (i + 1));
    }
    assertThat(all.get(2).at()).isLessThan(all.get(0).at());
  }
}

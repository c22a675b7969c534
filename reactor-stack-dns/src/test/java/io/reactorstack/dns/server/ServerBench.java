package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.FrameBalance;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A server without a network: octets in, octets out, with a clock that the test sets and a known secret. */
final class ServerBench {

  /** The client of all queries. */
  static final IpAddress CLIENT = IpAddress.parse("10.0.0.2");

  final ZoneAnswers answers;

  /** The server's clock, in seconds. */
  long seconds;

  ServerBench(Zone... zones) {
    this.answers = new ZoneAnswers(Stream.of(zones).<Supplier<Zone>>map(zone -> () -> zone).toList(),
        new ServerCookies(() -> 0x5ec7e7, () -> seconds));
  }

  static Message query(String name, int type, int dclass) {
    Message query = new Message(4711);
    query.getHeader().setFlag(Flags.RD);
    query.addRecord(Record.newRecord(Name.fromConstantString(name), type, dclass), Section.QUESTION);
    return query;
  }

  static Message query(String name, int type) {
    return query(name, type, DClass.IN);
  }

  /** Returns a query with an OPT record. */
  static Message edns(String name, int type, int size, EDNSOption... options) {
    Message query = query(name, type);
    query.addRecord(new OPTRecord(size, 0, 0, 0, options), Section.ADDITIONAL);
    return query;
  }

  static Message parse(byte[] octets) {
    try {
      return new Message(octets);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  Message ask(Message query) {
    return parse(answers.overUdp(query.toWire(), CLIENT));
  }

  Message ask(String name, int type) {
    return ask(query(name, type));
  }

  Message askOverTcp(Message query) {
    return parse(answers.overTcp(query.toWire(), CLIENT));
  }

  /** Returns the records of a section in the form {@code owner TTL type data}, without the OPT record, sorted. */
  static List<String> records(Message message, int section) {
    List<String> records = new ArrayList<>();
    for (Record each : message.getSection(section)) {
      if (each.getType() != Type.OPT) {
        records.add(each.getName() + " " + each.getTTL() + " " + Type.string(each.getType()) + " "
            + each.rdataToString());
      }
    }
    records.sort(null);
    return records;
  }

  /** Ends {@code lab} and checks that its hosts have lost no frame, and have neither a fault nor an open connection. */
  static void close(Lab lab) {
    lab.advance(Duration.ofMinutes(2));
    for (Host host : lab.hosts()) {
      FrameBalance.assertBalanced(host.stack());
      assertThat(host.stack().drops().snapshot()).as(host.name()).doesNotContainKey("stage.STAGE_FAULT");
      assertThat(host.openConnections()).as(host.name()).isZero();
    }
    lab.close();
  }

  static IpAddress[] addresses(String... texts) {
    return Arrays.stream(texts).map(IpAddress::parse).toArray(IpAddress[]::new);
  }

  static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }
}

package io.reactorstack.dns.hierarchy;

import static io.reactorstack.dns.hierarchy.Host.KNOT;
import static io.reactorstack.dns.hierarchy.Host.KNOT_SECOND;
import static io.reactorstack.dns.hierarchy.Host.NSD;
import static io.reactorstack.dns.hierarchy.Host.NSD_SECOND;
import static io.reactorstack.dns.hierarchy.Host.REGISTRY;
import static io.reactorstack.dns.hierarchy.Host.REGISTRY_SECOND;
import static io.reactorstack.dns.hierarchy.Host.ROOT;
import static io.reactorstack.dns.hierarchy.Host.ROOT_SECOND;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * A zone of the hierarchy and the servers that have it. Its file is in the resource folder {@code hierarchy}.
 *
 * @param origin its name, absolute
 * @param servers the addresses at which its servers answer; each program answers for it at all of its addresses
 */
record HostedZone(Name origin, List<Host> servers) {

  /** All zones that a server has, those above first. */
  static final List<HostedZone> ALL = Stream.of(
      zones(List.of(ROOT, ROOT_SECOND), "."),
      zones(List.of(REGISTRY, REGISTRY_SECOND), "test.", "lab.", "arpa."),
      zones(List.of(KNOT, KNOT_SECOND, NSD, NSD_SECOND), "alpha.test.", "kid.alpha.test."),
      zones(List.of(KNOT, KNOT_SECOND), "deep.sub.alpha.test.", "wild.test.", "dname.test.", "chain.lab.", "quiet.lab.",
          "mixed.lab.", "selfref.test.", "old.lab.", "10.in-addr.arpa."),
      zones(List.of(NSD, NSD_SECOND), "sub.alpha.test.", "alpha.lab.", "chain.test.", "big.lab.", "hosting.lab.",
          "noglue.test.", "deepglue.test.", "sixonly.test.", "subdel.wild.test.", "7.7.d.f.ip6.arpa."))
      .flatMap(List::stream).toList();

  private static List<HostedZone> zones(List<Host> servers, String... origins) {
    return Stream.of(origins).map(origin -> new HostedZone(Name.fromConstantString(origin), servers)).toList();
  }

  /** Returns the zones that are served at {@code host}. */
  static List<HostedZone> at(Host host) {
    return ALL.stream().filter(zone -> zone.servers.contains(host)).toList();
  }

  /** Returns the zone with this origin. */
  static Optional<HostedZone> of(Name origin) {
    return ALL.stream().filter(zone -> zone.origin.equals(origin)).findFirst();
  }

  /** The name of its file. */
  String file() {
    return (origin.equals(Name.root) ? "root" : origin.toString(true)) + ".zone";
  }

  /** The text of its file, with addresses in place of the placeholders. */
  String text() {
    try (InputStream file = HostedZone.class.getResourceAsStream("/hierarchy/" + file())) {
      return Host.fill(new String(Objects.requireNonNull(file, this::file).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All records of its file, including glue. */
  List<Record> records() {
    return parse(text());
  }

  /** The names of the zones below it to which it delegates. */
  List<Name> delegations() {
    return records().stream().filter(record -> record.getType() == Type.NS).map(Record::getName)
        .filter(name -> !name.equals(origin)).distinct().toList();
  }

  /** The records for which the zone has authority: without delegations and glue. */
  List<Record> authoritative() {
    List<Name> delegations = delegations();
    return records().stream().filter(record -> delegations.stream().noneMatch(record.getName()::subdomain)).toList();
  }

  /** Parses records in the format of zone files. */
  static List<Record> parse(String text) {
    try (Master master = new Master(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), Name.root, 0)) {
      List<Record> records = new ArrayList<>();
      for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
        records.add(record);
      }
      return records;
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }
}

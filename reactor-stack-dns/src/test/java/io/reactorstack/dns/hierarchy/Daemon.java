package io.reactorstack.dns.hierarchy;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * A server program of the hierarchy, with its configuration file. It stays in the foreground and keeps the rights of
 * its caller.
 *
 * @param command the command line
 * @param addresses the addresses at which it listens, with IPv6 in brackets
 * @param ready what it prints when it is ready to answer
 */
record Daemon(List<String> command, List<String> addresses, String ready) {

  /** NSD for the zones at {@code hosts}, and for {@code unloadable} zones, for which there is no file. */
  static Daemon nsd(Path folder, String name, List<Host> hosts, String... unloadable) {
    Stream<String> zones = Stream.concat(
        zones(hosts, zone -> nsdZone(zone.origin().toString(), zone.file())),
        Stream.of(unloadable).map(origin -> nsdZone(origin, origin + "missing")));
    String config = """
        server:
          username: ""
          chroot: ""
          pidfile: ""
          database: ""
          zonesdir: "%1$s"
          xfrdir: "%1$s"
          xfrdfile: "%1$s/%2$s.xfrd"
          zonelistfile: "%1$s/%2$s.list"
          server-count: 1
          verbosity: 1
        %3$s
        remote-control:
          control-enable: no
        %4$s
        """.formatted(folder, name, addresses(hosts, "  ip-address: %s\n"), zones.collect(joining()));
    return new Daemon(List.of("nsd", "-d", "-c", write(folder, name, config)), sockets(hosts), "nsd started");
  }

  private static String nsdZone(String origin, String file) {
    return """
        zone:
          name: "%s"
          zonefile: "%s"
        """.formatted(origin, file);
  }

  /** BIND's named for the zones at {@code hosts}, without recursion. */
  static Daemon named(Path folder, List<Host> hosts) {
    String config = """
        options {
          directory "%1$s";
          pid-file none;
          session-keyfile none;
          lock-file none;
          managed-keys-directory "%1$s";
          listen-on { %2$s };
          listen-on-v6 { %3$s };
          recursion no;
          dnssec-validation no;
          empty-zones-enable no;
          check-names primary ignore;
          notify no;
        };
        controls { };
        %4$s
        """.formatted(folder, each(hosts, Host::ipv4Text, "%s; "), each(hosts, Host::ipv6Text, "%s; "),
        zones(hosts, zone -> """
            zone "%s" { type primary; file "%s"; check-integrity no; };
            """.formatted(zone.origin(), zone.file())).collect(joining()));
    return new Daemon(List.of("named", "-g", "-n", "1", "-c", write(folder, "named", config)), sockets(hosts),
        "running");
  }

  /** Knot's knotd for the zones at {@code hosts}. */
  static Daemon knot(Path folder, List<Host> hosts) {
    String config = """
        server:
          rundir: %1$s
          background-workers: 1
          udp-workers: 1
          tcp-workers: 1
        %2$s
        database:
          storage: %1$s/knot
        log:
          - target: stderr
            any: info
        template:
          - id: default
            storage: %1$s
            zonefile-sync: -1
            journal-content: none
        zone:
        %3$s
        """.formatted(folder, addresses(hosts, "  listen: %s@53\n"), zones(hosts, zone -> """
          - domain: %s
            file: %s
        """.indent(0).formatted(zone.origin(), zone.file())).collect(joining()));
    return new Daemon(List.of("knotd", "-c", write(folder, "knot", config)), sockets(hosts), "server started");
  }

  /**
   * Unbound as a recursive resolver at {@code host} that begins at our root.
   *
   * @param more further lines of the section "server"
   */
  static Daemon unbound(Path folder, Host host, String more) {
    String name = "unbound-" + host.ipv4Text();
    // Its limits on retries make it give up on a zone without a living server after a few seconds, not two minutes.
    // "discard-timeout" is how long it lets a client wait at most before it drops the query.
    String config = """
        server:
          interface: %1$s
          outgoing-interface: %1$s
          outgoing-interface: %2$s
          username: ""
          chroot: ""
          directory: "%3$s"
          use-syslog: no
          pidfile: ""
          module-config: "iterator"
          root-hints: "%4$s"
          qname-minimisation: yes
          do-not-query-localhost: no
          unblock-lan-zones: yes
          insecure-lan-zones: yes
          local-zone: "test." nodefault
          infra-cache-max-rtt: 1000
          outbound-msg-retry: 3
          discard-timeout: 60000
        %5$s
        remote-control:
          control-enable: no
        """.formatted(host.ipv4Text(), host.ipv6Text(), folder, write(folder, name + "-hints", hints()), more);
    return new Daemon(List.of("unbound", "-d", "-c", write(folder, name, config)),
        List.of(host.ipv4Text() + ":53"), "start of service");
  }

  /** Returns the name servers of the root and their addresses, in the format of zone files. */
  static String hints() {
    HostedZone root = HostedZone.of(Name.root).orElseThrow();
    return root.records().stream()
        .filter(record -> record.getName().equals(Name.root)
            ? record.getType() == Type.NS
            : record.getName().toString().endsWith(".roots."))
        .map(record -> record + "\n").collect(joining());
  }

  private static Stream<String> zones(List<Host> hosts, Function<HostedZone, String> format) {
    return HostedZone.at(hosts.getFirst()).stream().map(format);
  }

  private static String each(List<Host> hosts, Function<Host, String> address, String format) {
    return hosts.stream().map(host -> format.formatted(address.apply(host))).collect(joining());
  }

  private static String addresses(List<Host> hosts, String format) {
    return each(hosts, Host::ipv4Text, format) + each(hosts, Host::ipv6Text, format);
  }

  private static List<String> sockets(List<Host> hosts) {
    return hosts.stream().flatMap(host -> Stream.of(host.ipv4Text() + ":53", "[" + host.ipv6Text() + "]:53")).toList();
  }

  private static String write(Path folder, String name, String config) {
    try {
      return Files.writeString(folder.resolve(name + ".conf"), config).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

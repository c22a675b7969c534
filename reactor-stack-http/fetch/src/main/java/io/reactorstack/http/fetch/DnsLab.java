package io.reactorstack.http.fetch;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.RecursiveServer;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A small internet with its own DNS: a client and a recursive server behind a router, and a host for each of the root, the
 * zones {@code test} and {@code lab}, and the zones below them. Each of those has a wire with a delay of its own.
 */
final class DnsLab extends EmbeddedLab {

  private static final IpAddress CLIENT = IpAddress.parse("10.0.0.2");
  private static final IpAddress RESOLVER = IpAddress.parse("10.0.0.53");
  private static final String GATEWAY = "10.0.0.1";
  private static final String UPLINK = "10.1.0.1";

  private static final IpAddress ROOT = IpAddress.parse("10.1.0.53");
  private static final IpAddress TEST = IpAddress.parse("10.1.1.53");
  private static final IpAddress LAB = IpAddress.parse("10.1.2.53");
  private static final IpAddress EXAMPLE = IpAddress.parse("10.1.3.53");
  private static final IpAddress HOSTING = IpAddress.parse("10.1.4.53");
  private static final IpAddress WEB = IpAddress.parse("10.1.9.80");

  /** No host has this address. */
  private static final IpAddress SILENT = IpAddress.parse("10.1.5.53");

  private static final String ROOT_SERVER = "a.root.";
  private static final String HOSTING_SERVER = "ns1.hosting.lab.";
  private static final String EXAMPLE_SERVER = "ns1.example.test.";

  private static final int LONG_TEXTS = 10;

  private DnsLab(Lab lab, Host client) {
    super(lab, client, DnsResolver.create(client.stack()).servers(RESOLVER));
  }

  /**
   * Builds the world and starts its servers.
   *
   * @param impairment the impairment of the client's wire, in both directions
   * @param watch records the client's frames
   */
  static DnsLab start(long seed, UnaryOperator<Impairment> impairment, FrameRecorder watch) {
    Lab lab = Lab.virtual(seed);
    Switch lan = lab.newSwitch("lan");
    Switch internet = lab.newSwitch("internet");
    Host client = lab.host("client").wire(impairment).on(lan, CLIENT + "/24").gateway(GATEWAY).start();
    watch.at(client);
    lab.router("router").on(lan, GATEWAY + "/24").on(internet, UPLINK + "/16").start();
    NetworkStack resolver = lab.host("dns").on(lan, RESOLVER + "/24").gateway(GATEWAY).start().stack();
    serve(lab, server(lab, internet, "root", ROOT, 5), rootZone());
    serve(lab, server(lab, internet, "test", TEST, 15), testZone());
    serve(lab, server(lab, internet, "lab", LAB, 20), labZone());
    serve(lab, server(lab, internet, "example", EXAMPLE, 25), exampleZone(), slowZone());
    serve(lab, server(lab, internet, "hosting", HOSTING, 10), hostingZone(), exampleLabZone(), outsideZone(),
        reverseZone());
    lab.await(RecursiveServer.create(resolver, DnsResolver.create(resolver).iterative(roots())).bind());
    lab.await(WebPages.serve(server(lab, internet, "web", WEB, 10), WEB));
    return new DnsLab(lab, client);
  }

  private static NetworkStack server(Lab lab, Switch internet, String name, IpAddress address, int delay) {
    return lab.host(name).on(internet, address + "/16", wire -> wire.delay(Duration.ofMillis(delay))).gateway(UPLINK)
        .start().stack();
  }

  private static void serve(Lab lab, NetworkStack host, Zone... zones) {
    ZoneServer server = ZoneServer.create(host);
    for (Zone zone : zones) {
      server = server.zone(zone);
    }
    lab.await(server.bind());
  }

  private static Zone rootZone() {
    return Zone.of(".").nameServer(ROOT_SERVER).address(ROOT_SERVER, ROOT)
        .delegate("test.", "ns1.nic.test.", TEST)
        .delegate("lab.", "ns1.nic.lab.", LAB)
        .delegate("10.in-addr.arpa.", HOSTING_SERVER, HOSTING);
  }

  private static Zone testZone() {
    return Zone.of("test").nameServer("ns1.nic").address("ns1.nic", TEST)
        .delegate("example", EXAMPLE_SERVER, EXAMPLE)
        .delegate("outside", HOSTING_SERVER)
        .delegate("slow", "ns1.slow", SILENT)
        .delegate("slow", EXAMPLE_SERVER)
        .delegate("broken", "ns1.nic");
  }

  private static Zone labZone() {
    return Zone.of("lab").nameServer("ns1.nic").address("ns1.nic", LAB)
        .delegate("hosting", HOSTING_SERVER, HOSTING)
        .delegate("example", HOSTING_SERVER);
  }

  private static Zone exampleZone() {
    String[] texts = new String[LONG_TEXTS];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = String.valueOf(i).repeat(200);
    }
    return Zone.of("example.test").nameServer("ns1").address("ns1", EXAMPLE).address("www", WEB)
        .alias("web", "www.example.lab.").dname("old", "example.lab.").mail("@", 10, "www")
        .text("@", "v=spf1 -all").text("big", texts);
  }

  private static Zone slowZone() {
    return Zone.of("slow.test").nameServer("ns1").nameServer(EXAMPLE_SERVER).address("ns1", SILENT).address("www", WEB);
  }

  private static Zone hostingZone() {
    return Zone.of("hosting.lab").nameServer("ns1").address("ns1", HOSTING);
  }

  private static Zone exampleLabZone() {
    return Zone.of("example.lab").nameServer(HOSTING_SERVER).address("www", WEB);
  }

  private static Zone outsideZone() {
    return Zone.of("outside.test").nameServer(HOSTING_SERVER).address("www", WEB);
  }

  private static Zone reverseZone() {
    return Zone.of("10.in-addr.arpa").nameServer(HOSTING_SERVER).pointer(WEB, "www.example.test");
  }

  /** Returns the servers of the root by name. */
  static Map<String, List<IpAddress>> roots() {
    return Map.of(ROOT_SERVER, List.of(ROOT));
  }

  /** Returns the names of the hosts for a story. */
  static Map<IpAddress, String> names() {
    return Map.of(CLIENT, "client", IpAddress.parse(GATEWAY), "router", IpAddress.parse(UPLINK), "router", RESOLVER,
        "dns", ROOT, "root", TEST, "test",
        LAB,
        "lab", EXAMPLE, "example", HOSTING, "hosting", WEB, "web");
  }
}

package io.reactorstack.http.fetch;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A client, a DNS host and a web host on a switch. */
final class LanLab extends EmbeddedLab {

  private static final IpAddress CLIENT = IpAddress.parse("10.0.0.1");
  private static final IpAddress DNS = IpAddress.parse("10.0.0.53");
  private static final IpAddress WEB = IpAddress.parse("10.0.0.80");

  private LanLab(Lab lab, Host client) {
    super(lab, client, DnsResolver.create(client.stack()).servers(DNS));
  }

  /**
   * Builds the world and starts its servers.
   *
   * @param impairment the impairment of the client's wire, in both directions
   * @param watch records the client's frames
   */
  static LanLab start(long seed, UnaryOperator<Impairment> impairment, FrameRecorder watch) {
    Lab lab = Lab.virtual(seed);
    Switch lan = lab.newSwitch("lan");
    Host asking = lab.host("client").address(CLIENT + "/24").wire(impairment).connectTo(lan);
    watch.at(asking);
    NetworkStack dns = lab.host("dns").address(DNS + "/24").connectTo(lan).stack();
    NetworkStack web = lab.host("web").address(WEB + "/24").connectTo(lan).stack();
    lab.await(ZoneServer.create(dns).zone(Zone.of("example.lab").address("www", WEB)).bind());
    lab.await(WebPages.serve(web, WEB));
    return new LanLab(lab, asking);
  }

  /** Returns the names of the hosts for a story. */
  static Map<IpAddress, String> names() {
    return Map.of(CLIENT, "client", DNS, "dns", WEB, "web");
  }
}

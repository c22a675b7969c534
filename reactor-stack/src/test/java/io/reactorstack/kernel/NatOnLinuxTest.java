package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A translating router of this library between two kernels: the client's is inside, and the server's knows no route back.
 *
 * <pre>client - 10.83.1.0/24 - router - 192.0.2.0/24 - server</pre>
 */
@RequiresNetAdmin
@Timeout(180)
class NatOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String SERVER = "192.0.2.10";
  private static final int CONNECTIONS = 1000;

  /** Opens connections, sends a line on each, and reads the echo of each while all are open. */
  private static final String CLIENT = """
      import socket, sys
      count = int(sys.argv[2])
      all = []
      for i in range(count):
          s = socket.create_connection((sys.argv[1], 7), 20)
          s.settimeout(20)
          all.append(s)
      for i, s in enumerate(all):
          s.sendall(b"%d\\n" % i)
      for i, s in enumerate(all):
          if s.makefile("rb").readline() != b"%d\\n" % i:
              sys.exit("wrong line on connection %d" % i)
      print("echoed", count)
      """;

  private static final String ECHO = """
      import asyncio
      async def serve(reader, writer):
          writer.write(await reader.readline())
          await writer.drain()
          await reader.read()
          writer.close()
      async def main():
          await (await asyncio.start_server(serve, "0.0.0.0", 7, backlog=2000)).serve_forever()
      asyncio.run(main())
      """;

  private final NetworkNamespace client = NetworkNamespace.create();
  private final NetworkNamespace server = NetworkNamespace.create();
  private final String insideTap = NetworkNamespace.uniqueInterfaceName();
  private final String outsideTap = NetworkNamespace.uniqueInterfaceName();
  private NetworkStack router;

  @BeforeEach
  void build() {
    router = UnprobedStack.create()
        .device("outside", TapDevice.named(outsideTap), "192.0.2.1/24")
        .device("inside", TapDevice.named(insideTap), "10.83.1.1/24")
        .nat("outside", nat -> nat)
        .startNow();
    client.adopt(insideTap, "net0", "10.83.1.2/24");
    server.adopt(outsideTap, "net0", SERVER + "/24");
    client.run("ip", "route", "add", "default", "via", "10.83.1.1").orThrow();
    client.await("an answer of the server", () -> client.run("ping", "-c1", "-W1", SERVER).exitCode() == 0);
  }

  @AfterEach
  void stop() {
    router.stop().block(LIMIT);
    FrameBalance.assertBalanced(router);
    assertThat(router.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
    client.close();
    server.close();
  }

  @Test
  void aClientInsideDownloadsAndUploads() {
    ExternalCommand.require("iperf3");
    server.start("iperf3", "-s");
    server.awaitTcpListener(5201);
    for (String direction : new String[] {"", " -R"}) {
      String command = "iperf3 -n 100M -c " + SERVER + direction;
      assertThat(client.run(LIMIT, List.of(command.split(" "))).orThrow()).as(command).contains("iperf Done");
    }
    assertThat(client.run(LIMIT, List.of("iperf3", "-u", "-b", "10M", "-n", "2M", "-c", SERVER)).orThrow())
        .contains("iperf Done");
    List<NatMapping> mappings = router.natMappings().block(LIMIT);
    assertThat(mappings).extracting(NatMapping::protocol).contains(NatProtocol.TCP, NatProtocol.UDP, NatProtocol.ICMP);
    assertThat(mappings).allSatisfy(
        mapping -> assertThat(mapping.inside().address().toString()).isEqualTo("10.83.1.2"));
  }

  @Test
  void aThousandConnectionsAreOpenAtOnce() {
    server.start("sh", "-c", "ulimit -n 4096; exec python3 -c '" + ECHO + "'");
    server.awaitTcpListener(7);
    assertThat(client.run(LIMIT, List.of("sh", "-c",
        "ulimit -n 4096; exec python3 -c '" + CLIENT + "' " + SERVER + " " + CONNECTIONS)).orThrow())
        .contains("echoed " + CONNECTIONS);
    assertThat(router.natMappings().block(LIMIT).stream().filter(each -> each.protocol() == NatProtocol.TCP).count())
        .isEqualTo(CONNECTIONS);
  }

  @Test
  void pingsAndTracesPass() {
    ExternalCommand.require("traceroute", "mtr");
    assertThat(client.run("ping", "-c", "3", "-i", "0.2", "-s", "20000", "-W", "5", SERVER).output())
        .contains("3 received");
    for (String program : List.of("traceroute -n -q1", "traceroute -n -I -q1", "traceroute -n -T -p81 -q1",
        "mtr -n -r -c1")) {
      String output = client.run(LIMIT, List.of((program + " " + SERVER).split(" "))).orThrow();
      assertThat(output).as(program).containsPattern("(?m)^\\s*1.*10\\.83\\.1\\.1")
          .containsPattern("(?m)^\\s*2.*" + SERVER);
    }
    String refused = client.run("python3", "-c",
        "import socket; socket.create_connection((\"" + SERVER + "\", 99), 5)").output();
    assertThat(refused).contains("ConnectionRefusedError");
    // The server has no route to the inside, and the router accepts no connection for it.
    server.run("ip", "route", "add", "10.83.1.0/24", "via", "192.0.2.1").orThrow();
    assertThat(server.run("ping", "-c1", "-W1", "10.83.1.2").output()).contains("0 received");
  }
}

package io.reactorstack.dns.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;

/** The table of hosts as the format of a watched file. */
class WatchedHostsTest {

  private long now;

  @Test
  void aChangeOfTheHostsFileChangesTheTable(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("hosts");
    Files.writeString(file, "192.0.2.1 www\n");
    WatchedFile<HostsTable> hosts = new WatchedFile<>(file, HostsTable::parse, () -> now, Schedulers.immediate());
    assertThat(addresses(hosts)).containsExactly(IpAddress.parse("192.0.2.1"));
    Files.writeString(file, "192.0.2.22 www # moved\n");
    assertThat(addresses(hosts)).containsExactly(IpAddress.parse("192.0.2.1"));
    now += WatchedFile.PERIOD.toNanos();
    assertThat(addresses(hosts)).containsExactly(IpAddress.parse("192.0.2.22"));
    Files.delete(file);
    now += WatchedFile.PERIOD.toNanos();
    assertThat(addresses(hosts)).isNull();
  }

  private static Iterable<IpAddress> addresses(WatchedFile<HostsTable> hosts) throws IOException {
    return hosts.get().addresses(HostNameRules.absolute("www"));
  }
}

package io.reactorstack.multicast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The filters of sockets, and the merged filter of their interface. */
class SocketGroupsTest {

  private static final IpAddress GROUP = IpAddress.parse("239.1.2.3");

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.ethernet(loop, "02:00:00:00:00:0a", "10.0.0.1/24");
  private final SocketGroups socket = host.groups.newSocket();

  @AfterEach
  void close() {
    host.close();
  }

  private static IpAddress source(int number) {
    return IpAddress.parse("10.1." + number / 200 + "." + (number % 200 + 1));
  }

  private boolean hears(int number) {
    return socket.accepts(host.eth0, GROUP, source(number));
  }

  @Test
  void allSourcesAreAcceptedExceptBlockedOnes() throws SocketException {
    assertThat(hears(1)).isFalse();
    socket.join(host.eth0, GROUP, null);
    socket.join(host.eth0, GROUP, null);
    assertThat(hears(1)).isTrue();
    socket.block(host.eth0, GROUP, source(1));
    socket.join(host.eth0, GROUP, null);
    assertThat(hears(1)).as("joining again does not unblock").isFalse();
    assertThat(hears(2)).isTrue();
    socket.unblock(host.eth0, GROUP, source(1));
    assertThat(hears(1)).isTrue();
    socket.leave(host.eth0, GROUP, source(1));
    assertThat(hears(1)).as("leaving a source that was not joined has no effect").isTrue();
    socket.leave(host.eth0, GROUP, null);
    assertThat(hears(1)).isFalse();
    socket.leave(host.eth0, GROUP, null);
  }

  @Test
  void onlyJoinedSourcesAreAccepted() throws SocketException {
    socket.join(host.eth0, GROUP, source(1));
    socket.join(host.eth0, GROUP, source(2));
    assertThat(hears(1)).isTrue();
    assertThat(hears(2)).isTrue();
    assertThat(hears(3)).isFalse();
    socket.leave(host.eth0, GROUP, null);
    socket.leave(host.eth0, GROUP, source(1));
    assertThat(hears(1)).isFalse();
    assertThat(hears(2)).isTrue();
    socket.leave(host.eth0, GROUP, source(2));
    assertThat(host.eth0.listensTo(GROUP)).isFalse();
  }

  @Test
  void membershipAppliesToOneInterface() throws SocketException {
    socket.join(host.eth0, GROUP, null);
    assertThat(socket.accepts(host.ip.named("lo"), GROUP, source(1))).isFalse();
    assertThat(socket.accepts(null, GROUP, source(1))).isFalse();
    assertThat(socket.accepts(host.eth0, IpAddress.parse("239.1.2.4"), source(1))).isFalse();
  }

  @Test
  void theTwoFilterModesDoNotMix() throws SocketException {
    socket.join(host.eth0, GROUP, source(1));
    assertThatThrownBy(() -> socket.join(host.eth0, GROUP, null)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> socket.block(host.eth0, GROUP, source(1))).isInstanceOf(IllegalStateException.class);
    IpAddress other = IpAddress.parse("239.1.2.4");
    assertThatThrownBy(() -> socket.block(host.eth0, other, source(1))).isInstanceOf(IllegalStateException.class);
    socket.join(host.eth0, other, null);
    assertThatThrownBy(() -> socket.join(host.eth0, other, source(1))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> socket.unblock(host.eth0, other, source(1))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void invalidGroupsAndSourcesAreRefused() {
    for (IpAddress none : List.of(source(1), IpAddress.parse("255.255.255.255"), IpAddress.parse("::1"))) {
      assertThatThrownBy(() -> socket.join(host.eth0, none, null)).isInstanceOf(IllegalArgumentException.class);
    }
    for (IpAddress none : List.of(GROUP, IpAddress.parse("0.0.0.0"), IpAddress.parse("2001:db8::1"))) {
      assertThatThrownBy(() -> socket.join(host.eth0, GROUP, none)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Requirement({"RFC3376-2-01", "RFC3810-3-01"})
  void atLeast64SourcesAreAcceptedUpToALimit() throws SocketException {
    for (int i = 0; i < 64; i++) {
      socket.join(host.eth0, GROUP, source(i));
    }
    assertThat(hears(63)).isTrue();
    for (int i = 64; i < SocketGroups.MAX_SOURCES; i++) {
      socket.join(host.eth0, GROUP, source(i));
    }
    assertThatThrownBy(() -> socket.join(host.eth0, GROUP, source(SocketGroups.MAX_SOURCES)))
        .isInstanceOf(SocketException.class);
  }

  @Test
  @Requirement({"RFC3376-2-02", "RFC3810-3-02"})
  void joiningASourceBeyondTheLimitFails() throws SocketException {
    for (int i = 0; i < SocketGroups.MAX_SOURCES; i++) {
      socket.join(host.eth0, GROUP, source(i));
    }
    assertThatThrownBy(() -> socket.join(host.eth0, GROUP, source(500)))
        .isInstanceOf(SocketException.class).hasMessageContaining("No buffer space available");
  }

  @Test
  @Requirement({"RFC3376-3.2-02", "RFC3810-4.2-02"})
  void refusedSourceBeyondTheLimitKeepsTheOthers() throws SocketException {
    SocketGroups blocking = host.groups.newSocket();
    blocking.join(host.eth0, GROUP, null);
    for (int i = 0; i < SocketGroups.MAX_SOURCES; i++) {
      socket.join(host.eth0, GROUP, source(i));
      blocking.block(host.eth0, GROUP, source(i));
    }
    for (SocketGroups full : List.of(socket, blocking)) {
      assertThatThrownBy(() -> {
        if (full == socket) {
          full.join(host.eth0, GROUP, source(500));
        } else {
          full.block(host.eth0, GROUP, source(500));
        }
      }).isInstanceOf(SocketException.class).hasMessageContaining("No buffer space available");
    }
    assertThat(hears(500)).isFalse();
    assertThat(hears(SocketGroups.MAX_SOURCES - 1)).isTrue();
    assertThat(blocking.accepts(host.eth0, GROUP, source(500))).isTrue();
    assertThatCode(() -> socket.join(host.eth0, GROUP, source(0))).as("already joined").doesNotThrowAnyException();
    socket.leave(host.eth0, GROUP, source(0));
    assertThatCode(() -> socket.join(host.eth0, GROUP, source(500))).doesNotThrowAnyException();
  }

  @Test
  void groupsBeyondTheLimitsAreRefused() throws SocketException {
    for (int i = 0; i < SocketGroups.MAX_GROUPS; i++) {
      socket.join(host.eth0, IpAddress.parse("239.7.1." + i), null);
    }
    assertThatThrownBy(() -> socket.join(host.eth0, GROUP, null)).isInstanceOf(SocketException.class);
    for (int other = 0; other < 3; other++) {
      SocketGroups more = host.groups.newSocket();
      for (int i = 0; i < SocketGroups.MAX_GROUPS; i++) {
        more.join(host.eth0, IpAddress.parse("239." + other + ".1." + i), null);
      }
    }
    SocketGroups late = host.groups.newSocket();
    assertThatThrownBy(() -> late.join(host.eth0, GROUP, null)).isInstanceOf(SocketException.class)
        .hasMessageContaining("No buffer space available");
    assertThatCode(() -> late.join(host.eth0, IpAddress.parse("239.7.1.1"), null)).doesNotThrowAnyException();
    socket.close();
    assertThatCode(() -> late.join(host.eth0, GROUP, null)).doesNotThrowAnyException();
  }

  // RFC 3376 3.2

  private static SourceFilter filter(boolean excludes, int... numbers) {
    Set<IpAddress> sources = Arrays.stream(numbers).mapToObj(SocketGroupsTest::source).collect(Collectors.toSet());
    return new SourceFilter(excludes, sources);
  }

  @Test
  @Requirement({"RFC3376-3.2-01", "RFC3810-4.2-01"})
  void mergeUnitesIncludeFilters() {
    assertThat(SourceFilter.merge(List.of())).isEqualTo(SourceFilter.NONE);
    assertThat(SourceFilter.merge(List.of(filter(false, 1, 2), filter(false, 2, 3))))
        .isEqualTo(filter(false, 1, 2, 3));
  }

  @Test
  void mergeExcludesOnlySourcesThatNoFilterAccepts() {
    assertThat(SourceFilter.merge(List.of(filter(true, 1, 2, 3), filter(true, 2, 3, 4), filter(false, 3, 9))))
        .isEqualTo(filter(true, 2));
    assertThat(SourceFilter.merge(List.of(filter(true, 1), SourceFilter.ANY))).isEqualTo(SourceFilter.ANY);
  }
}

package io.reactorstack.netty;

import static io.reactorstack.ip.host.NetworkInterface.LOOPBACK;

import io.netty.channel.ChannelPromise;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The multicast groups of a datagram channel. It also selects the interface of the stack for a {@code NetworkInterface}
 * of the machine: the one with the same name; the stack's loopback for the machine's loopback; otherwise the one
 * through which the stack sends to groups.
 */
final class ChannelGroups {

  /** An action on a group; run immediately, or as soon as the channel is bound. */
  @FunctionalInterface
  private interface Action {
    void on(UdpSocket socket) throws IOException;
  }

  /** Upper limit on the actions that wait for the channel to be bound. */
  private static final int MAX_WAITING = 256;

  private final ChannelShard home;
  private final StackDatagramChannelConfig config;
  private volatile boolean stale = true;

  // The following fields are confined to the event loop.
  private final List<Action> waiting = new ArrayList<>(0);
  private @Nullable UdpSocket socket;
  private boolean closed;

  ChannelGroups(ChannelShard home, StackDatagramChannelConfig config) {
    this.home = home;
    this.config = config;
  }

  /** Sets the socket to which the channel was bound, and runs the waiting actions. */
  void bound(UdpSocket opened) throws IOException {
    socket = opened;
    stale = true;
    applyOptions();
    for (Action action : List.copyOf(waiting)) {
      action.on(opened);
    }
    waiting.clear();
  }

  /** Called when the channel is closed. */
  void close() {
    closed = true;
    socket = null;
    waiting.clear();
  }

  /**
   * Called when an option for multicast has changed; it applies to later joins and sends. May be called on any thread.
   */
  void optionsChanged() {
    stale = true;
  }

  /** Applies changed options to the socket. */
  void applyOptions() {
    if (stale && socket != null) {
      stale = false;
      socket.groups().hopLimit(config.getTimeToLive());
      socket.groups().loop(!config.isLoopbackModeDisabled());
      socket.groups().outputInterface(outputInterface());
    }
  }

  private @Nullable String outputInterface() {
    InetAddress address = config.chosenAddress();
    if (address != null) {
      var owner = home.shard().ip().owner(IpAddress.of(address));
      // No interface has this address: the socket will find no route.
      return owner == null ? address.getHostAddress() : owner.name();
    }
    return nameOf(config.getNetworkInterface());
  }

  /** Returns the name of the stack's interface for {@code of}, or {@code null} to let the stack choose. */
  private @Nullable String nameOf(@Nullable NetworkInterface of) {
    if (of == null) {
      return null;
    }
    if (home.shard().ip().named(of.getName()) != null) {
      return of.getName();
    }
    try {
      return of.isLoopback() ? LOOPBACK : null;
    } catch (SocketException e) {
      // The interface of the machine does not exist any more.
      return null;
    }
  }

  private MulticastGroup group(InetAddress group, @Nullable NetworkInterface on, @Nullable InetAddress source) {
    IpAddress address = IpAddress.of(group);
    if (!address.isMulticast()) {
      throw new IllegalArgumentException("Group not a multicast address");
    }
    return new MulticastGroup(address, nameOf(on), source == null ? null : IpAddress.of(source));
  }

  void join(
      InetAddress group, @Nullable NetworkInterface on, @Nullable InetAddress source, ChannelPromise promise) {
    Objects.requireNonNull(group, "multicastAddress");
    run(promise, to -> to.join(group(group, on, source)));
  }

  void leave(
      InetAddress group, @Nullable NetworkInterface on, @Nullable InetAddress source, ChannelPromise promise) {
    Objects.requireNonNull(group, "multicastAddress");
    run(promise, to -> to.leave(group(group, on, source)));
  }

  void block(InetAddress group, @Nullable NetworkInterface on, InetAddress source, ChannelPromise promise) {
    Objects.requireNonNull(group, "multicastAddress");
    Objects.requireNonNull(source, "sourceToBlock");
    run(promise, to -> {
      MulticastGroup joined = group(group, on, null);
      // A socket receives no datagrams for a group that it has not joined, so there is nothing to block.
      if (to.isMember(joined)) {
        to.block(joined, IpAddress.of(source));
      }
    });
  }

  private void run(ChannelPromise promise, Action action) {
    boolean taken = home.shard().turn().offer(() -> {
      try {
        runOnLoop(action);
      } catch (IOException | RuntimeException e) {
        promise.tryFailure(e);
        return;
      }
      promise.trySuccess();
    });
    if (!taken) {
      promise.tryFailure(new ClosedChannelException());
    }
  }

  private void runOnLoop(Action action) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (socket != null) {
      applyOptions();
      action.on(socket);
    } else if (waiting.size() < MAX_WAITING) {
      waiting.add(action);
    } else {
      throw new SocketException("No buffer space available");
    }
  }
}

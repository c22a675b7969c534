/** A TCP/IP host as a reactive library. */
@SuppressWarnings("module") // The modules named in a qualified export are built after this one.
module io.reactorstack {
  // These modules appear in public signatures: Flux and Mono, ByteBuf, channels, loop resources, @Nullable.
  requires transitive io.netty.buffer;
  requires transitive io.netty.common;
  requires transitive io.netty.transport;
  requires transitive reactor.core;
  requires transitive reactor.netty.core;
  requires transitive org.reactivestreams;
  requires static transitive org.jspecify;
  // Reactor Netty is an automatic module and cannot declare what it requires. Without these lines its dependencies are
  // on the module path but not in the module graph, and the first TcpClient fails with NoClassDefFoundError. The
  // transitive ones have types that a user's calls of Reactor Netty name.
  requires transitive io.netty.handler;
  requires transitive io.netty.resolver;
  // The lab reads the JVM's flags before it replaces the clocks.
  requires jdk.management;
  // The lab's report contains the last lines logged in that lab.
  requires java.logging;
  // Datagrams with a segment size, as QUIC sends them; no native code is loaded.
  requires io.netty.transport.unix.common;
  requires io.netty.codec.http;
  requires io.netty.handler.proxy;
  requires io.netty.resolver.dns;

  // The packages that are API. The compiler refuses to export a package without a type, so a line is added together
  // with the first type of its package; ArchitectureTest fails if an API package has a public type and is not exported.
  exports io.reactorstack;
  exports io.reactorstack.packet;
  exports io.reactorstack.name;
  exports io.reactorstack.layer;
  exports io.reactorstack.wire;
  exports io.reactorstack.acd;
  exports io.reactorstack.dhcp;
  exports io.reactorstack.nat;
  exports io.reactorstack.pathmtu;
  exports io.reactorstack.routing;
  exports io.reactorstack.device;
  exports io.reactorstack.device.linux;
  exports io.reactorstack.device.memory;
  exports io.reactorstack.device.stream;
  exports io.reactorstack.icmp;
  exports io.reactorstack.ip.event;
  exports io.reactorstack.ndp;
  exports io.reactorstack.udp;
  exports io.reactorstack.tcp;
  // Users may implement their own congestion control.
  exports io.reactorstack.tcp.congestion;
  exports io.reactorstack.tcp.model;
  exports io.reactorstack.spi;
  exports io.reactorstack.netty;
  exports io.reactorstack.lab;
  exports io.reactorstack.telemetry;
  // Not API: lets the other modules of this project check their settings with the same methods and messages.
  exports io.reactorstack.setting to io.reactorstack.dns, io.reactorstack.dns.jvm, io.reactorstack.http,
      io.reactorstack.test;
}

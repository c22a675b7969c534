/** A TCP/IP host as a reactive library. */
@SuppressWarnings("module") // Those that a room is exported to are built after this one.
module io.reactorstack {
  // In signatures: Flux and Mono, ByteBuf, channels, loop resources, @Nullable.
  requires transitive io.netty.buffer;
  requires transitive io.netty.common;
  requires transitive io.netty.transport;
  requires transitive reactor.core;
  requires transitive reactor.netty.core;
  requires transitive org.reactivestreams;
  requires static transitive org.jspecify;
  // Reactor Netty is an automatic module and cannot say itself what it needs. Without these lines the modules are on
  // the path, but not in the graph: NoClassDefFoundError at the first TcpClient. Transitive, where a user's call of
  // Reactor Netty names their types.
  requires transitive io.netty.handler;
  requires transitive io.netty.resolver;
  // The lab asks the JVM for its flags before it takes over the clocks.
  requires jdk.management;
  // The lab's report has the last lines that were logged in it.
  requires java.logging;
  requires io.netty.codec.http;
  requires io.netty.handler.proxy;
  requires io.netty.resolver.dns;

  // The rooms whose public types are API. The compiler refuses to export a package without a type, so each line
  // waits for the first type of its room; HouseTest fails when a room of API has a public type and is not exported.
  exports io.reactorstack;
  exports io.reactorstack.packet;
  exports io.reactorstack.name;
  exports io.reactorstack.layer;
  exports io.reactorstack.wire;
  exports io.reactorstack.device;
  exports io.reactorstack.device.linux;
  exports io.reactorstack.device.memory;
  exports io.reactorstack.device.stream;
  exports io.reactorstack.icmp;
  exports io.reactorstack.ip.event;
  exports io.reactorstack.udp;
  exports io.reactorstack.tcp;
  // Congestion control is open to algorithms of the user.
  exports io.reactorstack.tcp.congestion;
  exports io.reactorstack.tcp.model;
  exports io.reactorstack.spi;
  exports io.reactorstack.netty;
  exports io.reactorstack.lab;
  exports io.reactorstack.telemetry;
  // Not API: the house's own modules check what their users set in the same words.
  exports io.reactorstack.setting to io.reactorstack.dns, io.reactorstack.http, io.reactorstack.test;
}

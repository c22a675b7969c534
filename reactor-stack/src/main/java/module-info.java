/** A TCP/IP host as a reactive library. */
module io.reactorstack {
  // On API: Flux and Mono, ByteBuf, channels and loop resources, @Nullable.
  requires transitive io.netty.buffer;
  requires transitive io.netty.common;
  requires transitive io.netty.transport;
  requires transitive reactor.core;
  requires transitive reactor.netty.core;
  requires transitive org.reactivestreams;
  requires static transitive org.jspecify;
  requires jdk.jfr;
  // Where the user has them: metrics, and the lab as a JUnit extension.
  requires static micrometer.core;
  requires static org.junit.jupiter.api;

  // The rooms whose public types are API. The compiler refuses to export a package without a type, so each line
  // waits for the first type of its room; HouseTest fails when a room of API has a public type and is not exported.
  exports io.reactorstack;
  exports io.reactorstack.packet;
  exports io.reactorstack.layer;
  exports io.reactorstack.device;
  exports io.reactorstack.device.linux;
  exports io.reactorstack.device.memory;
  exports io.reactorstack.device.stream;
  exports io.reactorstack.icmp;
  exports io.reactorstack.udp;
  exports io.reactorstack.tcp;
  // Congestion control is open to algorithms of the user.
  exports io.reactorstack.tcp.congestion;
  exports io.reactorstack.tcp.model;
  exports io.reactorstack.netty;
  exports io.reactorstack.lab;
  exports io.reactorstack.telemetry;
}

package io.reactorstack.netty.agreement;

import io.netty.channel.socket.SocketProtocolFamily;

/** The addresses with which a case is performed. */
enum Family {
  /** 127.0.0.1 on the kernel, an Ethernet link on the stack. */
  IPV4("127.0.0.1", "10.77.0.1", "10.77.0.2", "192.0.2.77", SocketProtocolFamily.INET),
  /** ::1 on the kernel, a link of bare IP packets on the stack. */
  IPV6("::1", "fd00:77::1", "fd00:77::2", "2001:db8::77", SocketProtocolFamily.INET6);

  /** This machine's own address. */
  final String loopback;
  /** The address of the client's host. */
  final String client;
  /** The address of the server's host. */
  final String server;
  /** An address that neither host has. */
  final String foreign;
  final SocketProtocolFamily protocol;

  Family(
      String loopback, String client, String server, String foreign, SocketProtocolFamily protocol) {
    this.loopback = loopback;
    this.client = client;
    this.server = server;
    this.foreign = foreign;
    this.protocol = protocol;
  }

  Family other() {
    return this == IPV4 ? IPV6 : IPV4;
  }
}

package io.reactorstack.kernel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.charset.StandardCharsets;

/**
 * A program that uses the kernel's sockets with a multicast group: {@code send GROUP PORT INTERFACE TEXT} sends one
 * datagram, {@code listen GROUP PORT INTERFACE [SOURCE|!SOURCE]} joins (for one source only, or for all but one) and
 * prints the datagrams it receives.
 */
public final class KernelMember {

  private KernelMember() {}

  /** Sends one datagram, or listens until the process is killed. */
  public static void main(String[] arguments) throws Exception {
    InetAddress group = InetAddress.getByName(arguments[1]);
    int port = Integer.parseInt(arguments[2]);
    NetworkInterface on = NetworkInterface.getByName(arguments[3]);
    boolean v4 = group.getAddress().length == 4;
    try (DatagramChannel channel = DatagramChannel
        .open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
      channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, on);
      if (arguments[0].equals("send")) {
        channel.send(ByteBuffer.wrap(arguments[4].getBytes(StandardCharsets.UTF_8)),
            new InetSocketAddress(group, port));
        return;
      }
      channel.bind(new InetSocketAddress(port));
      join(channel, group, on, arguments.length > 4 ? arguments[4] : "");
      System.out.println("READY");
      ByteBuffer data = ByteBuffer.allocate(2000);
      while (true) {
        InetSocketAddress from = (InetSocketAddress) channel.receive(data);
        data.flip();
        System.out.println("GOT " + StandardCharsets.UTF_8.decode(data) + " from "
            + from.getAddress().getHostAddress());
        data.clear();
      }
    }
  }

  private static void join(DatagramChannel channel, InetAddress group, NetworkInterface on, String source)
      throws IOException {
    if (source.isEmpty()) {
      channel.join(group, on);
    } else if (source.startsWith("!")) {
      MembershipKey key = channel.join(group, on);
      key.block(InetAddress.getByName(source.substring(1)));
    } else {
      channel.join(group, on, InetAddress.getByName(source));
    }
  }
}

package io.reactorstack.agent;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.util.Loggers;

/**
 * Makes the stack available behind a Unix-domain socket, in virtual time: an external driver makes socket calls on it,
 * sends it packets, receives its packets, and controls the clock.
 *
 * <p>Each connection is a session with a new stack and its own thread; sessions share no state.
 */
public final class PacketAgent implements AutoCloseable {

  private final Path path;
  private final ServerSocketChannel server;
  private final AtomicInteger sessions = new AtomicInteger();

  private PacketAgent(Path path, ServerSocketChannel server) {
    this.path = path;
    this.server = server;
  }

  /**
   * Listens at {@code path}; replaces an existing file.
   *
   * @throws IOException if listening fails
   */
  public static PacketAgent listen(Path path) throws IOException {
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      server.close();
      throw e;
    }
    return new PacketAgent(path, server);
  }

  /**
   * Serves drivers until the agent is closed.
   *
   * @throws IOException if connections can no longer be accepted
   */
  public void serve() throws IOException {
    while (true) {
      SocketChannel channel;
      try {
        channel = server.accept();
      } catch (ClosedChannelException e) {
        return;
      }
      Thread.ofPlatform()
          .name("session-" + sessions.incrementAndGet())
          .daemon()
          .start(() -> serve(channel));
    }
  }

  private static void serve(SocketChannel channel) {
    try (channel) {
      new Session(channel).run();
    } catch (ProtocolException e) {
      System.err.println("the driver violated the protocol: " + e.getMessage());
    } catch (IOException e) {
      System.err.println("the driver went away: " + e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }

  /** Runs the agent at the path in the first argument until it is killed. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      System.err.println("usage: java -jar packet-agent.jar SOCKET_PATH");
      System.exit(2);
    }
    // Log records are reported to the driver at the end, so they must go to the logger on which the session listens.
    Loggers.useJdkLoggers();
    try (PacketAgent agent = listen(Path.of(arguments[0]))) {
      agent.serve();
    }
  }
}

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
 * Puts the stack, in virtual time, behind a Unix-domain socket: an outside driver makes socket calls on it, gives it packets
 * and takes its packets, and decides what time it is.
 *
 * <p>Each connection is a session with a fresh stack and a thread of its own; sessions share nothing.
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
   * Listens at {@code path}; what was there is replaced.
   *
   * @throws IOException if nobody can listen there
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
   * @throws IOException if no more connections can be taken
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
      System.err.println("the driver broke the protocol: " + e.getMessage());
    } catch (IOException e) {
      System.err.println("the driver went away: " + e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }

  /** Runs the agent at the path in the first argument, until it is killed. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      System.err.println("usage: java -jar packet-agent.jar SOCKET_PATH");
      System.exit(2);
    }
    // What is logged is what the driver is told at the end: it must go where the session listens.
    Loggers.useJdkLoggers();
    try (PacketAgent agent = listen(Path.of(arguments[0]))) {
      agent.serve();
    }
  }
}

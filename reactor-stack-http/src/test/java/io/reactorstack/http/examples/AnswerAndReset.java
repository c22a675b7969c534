package io.reactorstack.http.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/**
 * An HTTP server on the kernel's sockets that resets each connection directly after its answer. Servers do that if they
 * close with unread input or with {@code SO_LINGER} 0. Arguments: {@code HOST PORT}.
 */
final class AnswerAndReset implements AutoCloseable {

  static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final ServerSocket server = new ServerSocket();

  AnswerAndReset(InetSocketAddress local) throws IOException {
    server.setReuseAddress(true);
    server.bind(local, 200);
  }

  int port() {
    return server.getLocalPort();
  }

  /** Serves one connection after the other until it is closed. */
  void serve() {
    try {
      while (!server.isClosed()) {
        try (Socket socket = server.accept()) {
          answer(socket);
        } catch (SocketException e) {
          // The server was closed, or the client closed the connection first.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void answer(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    readHeader(socket.getInputStream());
    socket.getOutputStream().write(ANSWER.getBytes(StandardCharsets.US_ASCII));
    socket.setSoLinger(true, 0);
  }

  private static void readHeader(InputStream in) throws IOException {
    StringBuilder header = new StringBuilder();
    while (header.indexOf("\r\n\r\n") < 0) {
      int octet = in.read();
      if (octet < 0) {
        throw new SocketException("no request");
      }
      header.append((char) octet);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  /** Serves until the process is killed. */
  public static void main(String[] arguments) throws IOException {
    try (AnswerAndReset server = new AnswerAndReset(
        new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])))) {
      server.serve();
    }
  }
}

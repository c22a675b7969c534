package io.reactorstack.http.fetch;

import io.netty.handler.codec.http.HttpHeaders;
import java.io.PrintWriter;
import java.net.SocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/**
 * Prints the headers for {@code -v}, in curl's format. Lines are collected on the event loop and printed by a thread
 * that may block.
 */
final class HeaderPrinter {

  private final boolean verbose;
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();

  HeaderPrinter(boolean verbose) {
    this.verbose = verbose;
  }

  void connected(Connection connection) {
    SocketAddress remote = connection.channel().remoteAddress();
    SocketAddress local = connection.channel().localAddress();
    note("* Connected to " + text(remote) + " from " + text(local));
  }

  void request(HttpClientRequest request) {
    note("> " + request.method() + " " + request.uri() + " " + request.version());
    headers("> ", request.requestHeaders());
  }

  void response(HttpClientResponse response) {
    note("< " + response.version() + " " + response.status());
    headers("< ", response.responseHeaders());
  }

  /** Prints the lines collected since the last call. */
  void print(PrintWriter out) {
    for (String line = lines.poll(); line != null; line = lines.poll()) {
      out.println(line);
    }
    out.flush();
  }

  private void headers(String mark, HttpHeaders headers) {
    headers.forEach(header -> note(mark + header.getKey() + ": " + header.getValue()));
    note(mark.strip());
  }

  private void note(String line) {
    if (verbose) {
      lines.add(line);
    }
  }

  private static String text(SocketAddress address) {
    return String.valueOf(address).replaceFirst("^/", "");
  }
}

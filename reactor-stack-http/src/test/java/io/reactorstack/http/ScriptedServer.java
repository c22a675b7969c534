package io.reactorstack.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.tcp.TcpConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;

/**
 * A server of HTTP/1.1 that does what a script says, octet by octet: each request, be it on whatever connection, is met by the
 * next act, and the last act meets all that follow.
 */
final class ScriptedServer {

  /** What is done when the header of a request has arrived. */
  interface Act {
    void perform(Exchange exchange);
  }

  /** One request and the connection it came on. */
  record Exchange(TcpConnection connection, NetworkStack stack) {

    Exchange send(String text) {
      connection.send(Mono.<ByteBuf>just(Unpooled.copiedBuffer(text, US_ASCII))).subscribe(nothing -> {}, error -> {});
      return this;
    }

    Exchange fin() {
      connection.shutdownOutput().subscribe(nothing -> {}, error -> {});
      return this;
    }

    Exchange close() {
      connection.close().subscribe(nothing -> {}, error -> {});
      return this;
    }

    /** Resets at this instant, but after what has been sent until now has left. */
    void abortWhenSent() {
      abortAfter(Duration.ZERO);
    }

    void abortAfter(Duration delay) {
      HostLoop.of(stack).scheduler().schedule(connection::abort, Math.max(1, delay.toNanos()), TimeUnit.NANOSECONDS);
    }
  }

  private final NetworkStack stack;
  private final List<Act> acts = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private final List<TcpConnection> connections = new ArrayList<>();

  ScriptedServer(NetworkStack stack, int port, Act... script) {
    this.stack = stack;
    acts.addAll(List.of(script));
    stack.tcp().listen(port).subscribe(this::accept);
  }

  /** The headers received so far. */
  List<String> requests() {
    return requests;
  }

  List<TcpConnection> connections() {
    return connections;
  }

  private void accept(TcpConnection connection) {
    connections.add(connection);
    StringBuilder text = new StringBuilder();
    connection.receive().subscribe(data -> {
      text.append(data.toString(US_ASCII));
      data.release();
      for (int end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        requests.add(text.substring(0, end));
        text.delete(0, end + 4);
        perform(new Exchange(connection, stack));
      }
    }, error -> {}, () -> connection.close().subscribe());
  }

  private void perform(Exchange exchange) {
    acts.get(Math.min(requests.size(), acts.size()) - 1).perform(exchange);
  }
}

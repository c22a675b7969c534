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
 * A scripted HTTP/1.1 server that controls its responses octet by octet. Each request, on whatever connection, triggers
 * the next act of the script; the last act handles all further requests.
 */
final class ScriptedServer {

  /** The reaction to a request, performed when its header has arrived. */
  interface Act {
    void perform(Exchange exchange);
  }

  /** A request and its connection. */
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

    /** Resets the connection at this instant, after the data sent so far has left. */
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

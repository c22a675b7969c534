package io.reactorstack.http.fetch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.reactorstack.NetworkStack;
import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.packet.IpAddress;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** The pages of the web host of a simulated network, served by Reactor Netty. */
final class WebPages {

  private static final String PAGE = """
      <!DOCTYPE html>
      <html lang="en">
      <head><title>www.example.lab</title></head>
      <body>
      <h1>A page from the lab</h1>
      <p>This page came from a simulated host over a simulated network. The TCP/IP of both hosts is reactor-stack,
      the HTTP of both hosts is Reactor Netty. Nothing left this process.</p>
      <p>Other pages: /bytes/N (N bytes), /silence (no answer at all).</p>
      </body>
      </html>
      """;

  private static final int PIECE = 16 * 1024;

  private WebPages() {}

  /** Returns a server of the pages on port 80 of {@code address}. */
  static Mono<? extends DisposableServer> serve(NetworkStack web, IpAddress address) {
    return HttpServer.create()
        .runOn(StackLoopResources.of(web))
        .host(address.toString())
        .port(80)
        .protocol(HttpProtocol.H2C, HttpProtocol.HTTP11)
        .route(routes -> routes
            .get("/", (request, response) -> response.header(HttpHeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
                .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(PAGE.getBytes(StandardCharsets.UTF_8).length))
                .sendString(Mono.just(PAGE)))
            .get("/bytes/{n}", WebPages::bytes)
            .get("/silence", (request, response) -> Mono.never()))
        .bind();
  }

  /** Sends the number of bytes given in the path; generates them while sending. */
  private static Mono<Void> bytes(HttpServerRequest request, HttpServerResponse response) {
    long total;
    try {
      total = Long.parseUnsignedLong(String.valueOf(request.param("n")));
    } catch (NumberFormatException e) {
      return response.sendNotFound();
    }
    Flux<ByteBuf> body = Flux.generate(() -> 0L, (sent, sink) -> {
      if (sent >= total) {
        sink.complete();
        return sent;
      }
      int size = (int) Math.min(PIECE, total - sent);
      sink.next(Unpooled.wrappedBuffer(pattern(sent, size)));
      return sent + size;
    });
    return response.header(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream")
        .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(total)).send(body).then();
  }

  /** Returns bytes that differ from their neighbours and from bytes one segment or one buffer away. */
  static byte[] pattern(long from, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      long at = from + i;
      bytes[i] = (byte) (at ^ at >>> 8 ^ at >>> 16 ^ at >>> 24);
    }
    return bytes;
  }
}

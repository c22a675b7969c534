package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.reactorstack.lab.Lab;
import io.reactorstack.tcp.TcpConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** Requests over TLS and over HTTP/2 that the server drops without an answer, and their repetition. */
class DroppedRequestsTest {

  private final TwoHosts hosts = new TwoHosts(Lab.virtual(67), wire -> wire.delay(Duration.ofMillis(10)));
  private final ConnectionProvider pool = StackHttp.pool(
      hosts.client.stack(), "pool", Duration.ofMinutes(1), Duration.ZERO).maxConnections(2).build();
  private final AtomicInteger requests = new AtomicInteger();

  @AfterEach
  void close() {
    hosts.await(pool.disposeLater());
    hosts.close();
  }

  private static Mono<String> get(HttpClient client) {
    return client.get().uri("/").responseSingle((response, body) -> Mono.just(response.status().toString()));
  }

  private static Mono<String> post(HttpClient client) {
    return client.post().uri("/").send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(new byte[1])))
        .responseSingle((response, body) -> Mono.just(response.status().toString()));
  }

  /** The server answers the first request, drops the second with {@code drop}, and answers its repetition. */
  private void assertSecondRequestIsRepeated(HttpClient client) {
    assertThat(hosts.await(get(client))).isEqualTo("200 OK");
    assertThat(hosts.await(get(client).retryWhen(StackHttp.onceMoreIfClosed()))).isEqualTo("200 OK");
    assertThat(requests).hasValue(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void repeatsARequestAfterTheEndOfATlsSession(boolean reset) {
    hosts.await(hosts.server(443).secure(ssl -> ssl.sslContext(TwoHosts.serverTls()))
        .handle((request, response) -> {
          if (requests.incrementAndGet() != 2) {
            return response.sendString(Mono.just("a page"));
          }
          return Mono.<Void>fromRunnable(() -> response.withConnection(connection -> {
            if (reset) {
              connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            }
            // The channel's close sends close_notify and FIN, or RST.
            connection.channel().close();
          })).then(Mono.never());
        }).bind());
    assertSecondRequestIsRepeated(hosts.client(pool).baseUrl("https://" + TwoHosts.NAME)
        .secure(ssl -> ssl.sslContext(TwoHosts.clientTls())));
  }

  /** The ways in which an HTTP/2 server refuses a stream. */
  private enum Refusal {
    REFUSED_STREAM {
      @Override
      void perform(Frames frames, int stream) {
        frames.send(RST_STREAM, 0, stream, Unpooled.copyInt(7));
      }
    },
    GOAWAY_AND_FIN {
      @Override
      void perform(Frames frames, int stream) {
        frames.send(GOAWAY, 0, 0, Unpooled.copyInt(stream - 2, 0));
        frames.connection.close().subscribe();
      }
    },
    GOAWAY_ALONE {
      @Override
      void perform(Frames frames, int stream) {
        frames.send(GOAWAY, 0, 0, Unpooled.copyInt(stream - 2, 0));
      }
    },
    RST {
      @Override
      void perform(Frames frames, int stream) {
        frames.connection.abort();
      }
    },
    FIN {
      @Override
      void perform(Frames frames, int stream) {
        frames.connection.close().subscribe();
      }
    };

    abstract void perform(Frames frames, int stream);
  }

  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int END_STREAM_AND_HEADERS = 5;

  /** The server side of an HTTP/2 connection, as frames (RFC 9113 section 4.1). */
  private final class Frames {

    private final TcpConnection connection;
    private final Refusal refusal;
    private final CompositeByteBuf received = Unpooled.compositeBuffer();
    private boolean greeted;

    Frames(TcpConnection connection, Refusal refusal) {
      this.connection = connection;
      this.refusal = refusal;
      send(SETTINGS, 0, 0, Unpooled.EMPTY_BUFFER);
      connection.receive().doFinally(end -> received.release()).subscribe(this::onData, error -> {});
    }

    private void onData(ByteBuf data) {
      received.addComponent(true, data);
      if (!greeted && received.readableBytes() >= 24) {
        greeted = true;
        received.skipBytes(24);
      }
      while (greeted && received.readableBytes() >= 9 && received.readableBytes() >= 9 + length()) {
        ByteBuf frame = received.readSlice(9 + length());
        onFrame(frame.getByte(3), frame.getByte(4), frame.getInt(5));
      }
    }

    private int length() {
      return received.getUnsignedMedium(received.readerIndex());
    }

    private void onFrame(int type, int flags, int stream) {
      if (type == SETTINGS && flags == 0) {
        send(SETTINGS, 1, 0, Unpooled.EMPTY_BUFFER);
      } else if (type == HEADERS) {
        if (requests.incrementAndGet() == 2) {
          refusal.perform(this, stream);
        } else {
          // HPACK: ":status: 200" of the static table.
          send(HEADERS, END_STREAM_AND_HEADERS, stream, Unpooled.wrappedBuffer(new byte[] {(byte) 0x88}));
        }
      }
    }

    void send(int type, int flags, int stream, ByteBuf payload) {
      byte[] octets = ByteBufUtil.getBytes(payload);
      payload.release();
      ByteBuf frame = Unpooled.buffer(9 + octets.length).writeMedium(octets.length).writeByte(type).writeByte(flags)
          .writeInt(stream).writeBytes(octets);
      connection.send(Mono.just(frame)).subscribe(nothing -> {}, error -> {});
    }
  }

  private HttpClient http2(Refusal refusal) {
    hosts.web.stack().tcp().listen(80).subscribe(connection -> new Frames(connection, refusal));
    return hosts.client(pool).protocol(HttpProtocol.H2C).baseUrl("http://" + TwoHosts.NAME);
  }

  @ParameterizedTest
  @EnumSource
  void repeatsARequestOnARefusedStream(Refusal refusal) {
    assertSecondRequestIsRepeated(http2(refusal));
  }

  @ParameterizedTest
  @EnumSource
  void doesNotRepeatAPostOnARefusedStream(Refusal refusal) {
    HttpClient client = http2(refusal);
    assertThat(hosts.await(get(client))).isEqualTo("200 OK");
    Throwable error = catchThrowable(() -> hosts.await(post(client).retryWhen(StackHttp.onceMoreIfClosed())));
    assertThat(Exceptions.unwrap(error)).isInstanceOf(IOException.class);
    assertThat(requests).hasValue(2);
  }

  @Test
  void doesNotRepeatAfterARefusedConnection() {
    HttpClient client = hosts.client(pool).baseUrl("http://" + TwoHosts.NAME + ":81");
    AtomicInteger tries = new AtomicInteger();
    Throwable error = catchThrowable(() -> hosts.await(
        get(client.doOnRequestError((request, e) -> tries.incrementAndGet())).retryWhen(StackHttp.onceMoreIfClosed())));
    assertThat(Exceptions.unwrap(error)).hasMessageContaining("Connection refused");
    assertThat(tries).hasValue(1);
  }
}

package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.same;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.DelimiterBasedFrameDecoder;
import io.netty.handler.codec.Delimiters;
import io.netty.handler.codec.FixedLengthFrameDecoder;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.handler.traffic.ChannelTrafficShapingHandler;
import io.reactorstack.netty.TestKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Cases of data transfer: framing, demand, writability and files. */
final class TransferCases {

  static final List<Case> ALL = List.of(
      same("echo of 4 MB in random pieces",
          "equal true",
          TransferCases::echo),
      same("echo with explicit reads",
          "equal true",
          TransferCases::echoManual),
      same("gathering write of heap, direct, composite and empty buffers",
          "equal true",
          TransferCases::gathering),
      same("fixed-length frames",
          "frames 10",
          TransferCases::fixedLength),
      same("lines of text",
          "lines 100; last true",
          TransferCases::lines),
      same("length-prefixed messages",
          "messages 50; bytes 1221325",
          TransferCases::prefixed),
      same("TLS echo",
          "equal true; "
              + "server [active, SslHandshakeCompletionEvent(SUCCESS), SslCloseCompletionEvent(SUCCESS), inactive]",
          TransferCases::tls),
      same("empty buffer",
          "empty ok; then one ok; reads 1",
          TransferCases::empty),
      same("order of promises",
          "in order true",
          TransferCases::promises),
      same("written buffer is released",
          "references 0; references after a failure 0",
          TransferCases::released),
      same("message of an unknown type",
          "cause UnsupportedOperationException; "
              + "text unsupported message type: String (expected: ByteBuf, FileRegion); active true",
          TransferCases::unknownType),
      same("write without flush",
          "done false; server got ; server got later",
          TransferCases::unflushed),
      same("write cancelled before the flush",
          "cancelled true; server got ac",
          TransferCases::cancelledWrite),
      same("void promise", "active true", TransferCases::voidPromise),
      same("writability and water marks",
          "writable false; done false; writable true; changed an even number of times true",
          TransferCases::writability),
      same("written only while writable",
          "bytes 2097152",
          TransferCases::conditional),
      same("bytes before unwritable",
          "before 16385; after 1000 15289",
          TransferCases::bytesBeforeUnwritable),
      same("AUTO_READ off from the start",
          "reads 0; read waiting; reads 1; read waitingagain",
          TransferCases::noAutoRead),
      same("AUTO_READ switched off in channelRead",
          "reads 1; read abcd; read abcdefgh",
          TransferCases::offInRead),
      same("one message per read",
          "first abcd; second abcdefgh; read completes 2",
          TransferCases::oneMessage),
      same("read() twice, one message",
          "read one",
          TransferCases::readTwice),
      same("data before the first read is kept",
          "client hello; server hallo",
          TransferCases::initialData),
      same("exception in channelRead",
          "server [active, IllegalStateException(on purpose)]; read ab; read completes 2",
          TransferCases::exceptionInRead),
      same("file region",
          "write ok; equal true; transferred 3000000; references 0",
          TransferCases::fileRegion),
      same("part of a file between buffers",
          "write ok; in order true",
          TransferCases::fileBetween),
      same("file region longer than the file",
          "write IOException(Underlying file size 100 smaller then requested count 101); close ok",
          TransferCases::fileTooShort),
      same("empty file region",
          "write ok; active true",
          TransferCases::fileEmpty),
      same("traffic shaping",
          "bytes 100000",
          TransferCases::shaping),
      same("idle events",
          "first is reader idle true",
          TransferCases::idle));

  private TransferCases() {}

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }

  private static void echo(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).server(channel -> channel.pipeline().addLast(new Echo())).open()) {
      byte[] data = Talk.array(4 << 20);
      Random random = new Random(4);
      Channel channel = talk.clientChannel();
      for (int at = 0; at < data.length;) {
        int length = Math.min(data.length - at, 1 + random.nextInt(64 << 10));
        ByteBuf piece = Unpooled.wrappedBuffer(data, at, length);
        if (random.nextBoolean()) {
          channel.write(piece);
        } else {
          channel.writeAndFlush(piece);
        }
        at += length;
      }
      channel.flush();
      talk.client.awaitBytes(data.length);
      seen.note("equal", Arrays.equals(talk.client.received(), data));
    }
  }

  private static void echoManual(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false)
        .serverOption(ChannelOption.AUTO_READ, false)
        .server(channel -> channel.pipeline().addLast(new Echo()).addLast(new Reading()))
        .client(channel -> channel.pipeline().addLast(new Reading())).open()) {
      byte[] data = Talk.array(1 << 20);
      talk.clientChannel().writeAndFlush(Unpooled.wrappedBuffer(data));
      talk.client.awaitBytes(data.length);
      seen.note("equal", Arrays.equals(talk.client.received(), data));
    }
  }

  /** Calls {@code read()} after each completed read, as a program without AUTO_READ does. */
  private static final class Reading extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.fireChannelActive();
      context.read();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.fireChannelReadComplete();
      context.read();
    }
  }

  private static void gathering(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      Channel channel = talk.clientChannel();
      byte[] data = Talk.array(200_000);
      List<ChannelFuture> written = new ArrayList<>();
      ByteBufAllocator alloc = channel.alloc();
      written.add(channel.write(alloc.heapBuffer().writeBytes(data, 0, 50_000)));
      written.add(channel.write(alloc.directBuffer().writeBytes(data, 50_000, 50_000)));
      written.add(channel.write(Unpooled.EMPTY_BUFFER));
      written.add(channel.write(alloc.compositeBuffer().addComponents(true,
          Unpooled.wrappedBuffer(data, 100_000, 30_000), alloc.directBuffer().writeBytes(data, 130_000, 70_000))));
      channel.flush();
      written.forEach(net::done);
      talk.server.awaitBytes(data.length);
      seen.note("equal", Arrays.equals(talk.server.received(), data));
    }
  }

  private static void fixedLength(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).server(channel -> channel.pipeline().addLast(new FixedLengthFrameDecoder(1024)))
        .open()) {
      talk.clientChannel().writeAndFlush(Talk.bytes(10 * 1024 + 100));
      talk.server.awaitReads(10);
      net.settle();
      seen.note("frames", talk.server.reads());
    }
  }

  private static void lines(Net net, Seen seen) {
    try (Talk talk = Talk.on(net)
        .server(channel -> channel.pipeline()
            .addLast(new DelimiterBasedFrameDecoder(512, Delimiters.lineDelimiter())).addLast(new StringDecoder()))
        .client(channel -> channel.pipeline().addLast(new StringEncoder())).open()) {
      for (int i = 0; i < 100; i++) {
        talk.clientChannel().write("line " + i + "\r\n");
      }
      talk.clientChannel().flush();
      talk.server.awaitReads(100);
      seen.note("lines", talk.server.reads());
      seen.note("last", talk.server.text().endsWith("line 99"));
    }
  }

  private static void prefixed(Net net, Seen seen) {
    try (Talk talk = Talk.on(net)
        .server(channel -> channel.pipeline().addLast(new LengthFieldBasedFrameDecoder(1 << 20, 0, 4, 0, 4)))
        .client(channel -> channel.pipeline().addLast(new LengthFieldPrepender(4))).open()) {
      for (int i = 0; i < 50; i++) {
        talk.clientChannel().writeAndFlush(Talk.bytes(i * 997));
      }
      talk.server.awaitReads(50);
      seen.note("messages", talk.server.reads());
      seen.note("bytes", talk.server.received().length);
    }
  }

  private static void tls(Net net, Seen seen) throws Exception {
    SslContext server = SslContextBuilder.forServer(TestKeys.keyManagers()).build();
    SslContext client = SslContextBuilder.forClient().endpointIdentificationAlgorithm("")
        .trustManager(InsecureTrustManagerFactory.INSTANCE).build();
    try (Talk talk = Talk.on(net)
        .server(channel -> channel.pipeline().addLast(server.newHandler(channel.alloc())).addLast(new Echo()))
        .client(channel -> channel.pipeline().addLast(client.newHandler(channel.alloc()))).open()) {
      talk.client.awaitEvent(SslHandshakeCompletionEvent.SUCCESS.toString());
      byte[] data = Talk.array(500_000);
      talk.clientChannel().writeAndFlush(Unpooled.wrappedBuffer(data));
      talk.client.awaitBytes(data.length);
      seen.note("equal", Arrays.equals(talk.client.received(), data));
      net.done(talk.clientChannel().close());
      talk.server.awaitEvent("inactive");
      seen.note("server", talk.server.events());
    }
  }

  private static void empty(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.ending("empty", talk.clientChannel().writeAndFlush(Unpooled.EMPTY_BUFFER));
      seen.ending("then one", talk.clientChannel().writeAndFlush(Talk.text("x")));
      talk.server.awaitBytes(1);
      seen.note("reads", talk.server.reads());
    }
  }

  private static void promises(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      List<Integer> order = Collections.synchronizedList(new ArrayList<>());
      ChannelFuture last = talk.clientChannel().newSucceededFuture();
      for (int i = 0; i < 20; i++) {
        int number = i;
        last = talk.clientChannel().write(Talk.bytes(i * 1000)).addListener(done -> order.add(number));
      }
      talk.clientChannel().flush();
      net.done(last);
      net.await(talk.clientChannel().eventLoop().submit(() -> {}));
      seen.note("in order", order.equals(order.stream().sorted().toList()) && order.size() == 20);
    }
  }

  private static void released(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      ByteBuf data = talk.clientChannel().alloc().buffer().writeBytes(Talk.array(10_000));
      net.done(talk.clientChannel().writeAndFlush(data));
      talk.server.awaitBytes(10_000);
      net.settle();
      seen.note("references", data.refCnt());
      ByteBuf late = talk.clientChannel().alloc().buffer().writeByte(1);
      net.done(talk.clientChannel().close());
      net.await(talk.clientChannel().writeAndFlush(late));
      seen.note("references after a failure", late.refCnt());
    }
  }

  private static void unknownType(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      ChannelFuture written = net.await(talk.clientChannel().writeAndFlush("text"));
      seen.note("cause", written.cause().getClass().getSimpleName());
      seen.note("text", written.cause().getMessage());
      seen.note("active", talk.clientChannel().isActive());
    }
  }

  private static void unflushed(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      ChannelFuture written = talk.clientChannel().write(Talk.text("later"));
      net.settle();
      seen.note("done", written.isDone());
      seen.note("server got", talk.server.text());
      talk.clientChannel().flush();
      net.done(written);
      talk.server.awaitBytes(5);
      seen.note("server got", talk.server.text());
    }
  }

  private static void cancelledWrite(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      talk.clientChannel().write(Talk.text("a"));
      ChannelFuture cancelled = talk.clientChannel().write(Talk.text("b"));
      ChannelFuture last = talk.clientChannel().write(Talk.text("c"));
      seen.note("cancelled", cancelled.cancel(false));
      talk.clientChannel().flush();
      net.done(last);
      talk.server.awaitBytes(2);
      seen.note("server got", talk.server.text());
    }
  }

  private static void voidPromise(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      Channel channel = talk.clientChannel();
      channel.writeAndFlush(Talk.text("x"), channel.voidPromise());
      talk.server.awaitBytes(1);
      seen.note("active", channel.isActive());
    }
  }

  private static Talk tight(Net net) {
    return Talk.on(net).serverOption(ChannelOption.AUTO_READ, false)
        .clientOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(8 << 10, 16 << 10));
  }

  private static void writability(Net net, Seen seen) {
    try (Talk talk = tight(net).open()) {
      ChannelFuture written = talk.clientChannel().writeAndFlush(Talk.bytes(32 << 20));
      talk.client.awaitThat("unwritable", () -> talk.client.writabilityChanges() > 0);
      net.settle();
      seen.note("writable", talk.clientChannel().isWritable());
      seen.note("done", written.isDone());
      talk.serverChannel().config().setAutoRead(true);
      net.done(written);
      // The promise completes first, in the same task; wait for the rest of that task.
      net.await(talk.clientChannel().eventLoop().submit(() -> {}));
      seen.note("writable", talk.clientChannel().isWritable());
      talk.server.awaitBytes(32 << 20);
      seen.note("changed an even number of times", talk.client.writabilityChanges() % 2 == 0);
    }
  }

  private static void conditional(Net net, Seen seen) {
    int total = 2 << 20;
    try (Talk talk = Talk.on(net)
        .clientOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(8 << 10, 16 << 10))
        .client(channel -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
          private int left = total;

          @Override
          public void channelActive(ChannelHandlerContext context) {
            context.fireChannelActive();
            write(context);
          }

          @Override
          public void channelWritabilityChanged(ChannelHandlerContext context) {
            write(context);
          }

          private void write(ChannelHandlerContext context) {
            while (left > 0 && context.channel().isWritable()) {
              left -= 1024;
              context.write(Unpooled.wrappedBuffer(new byte[1024]));
            }
            context.flush();
          }
        })).open()) {
      talk.server.awaitBytes(total);
      seen.note("bytes", talk.server.received().length);
    }
  }

  private static void bytesBeforeUnwritable(Net net, Seen seen) {
    try (Talk talk = tight(net).open()) {
      Channel channel = talk.clientChannel();
      seen.note("before", channel.bytesBeforeUnwritable());
      seen.note("after 1000", net.await(channel.eventLoop().submit(() -> {
        channel.write(Talk.bytes(1000));
        long left = channel.bytesBeforeUnwritable();
        channel.flush();
        return left;
      })).getNow());
    }
  }

  private static void noAutoRead(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.AUTO_READ, false).open()) {
      net.done(talk.clientChannel().writeAndFlush(Talk.text("waiting")));
      net.settle();
      seen.note("reads", talk.server.reads());
      talk.serverChannel().read();
      talk.server.awaitBytes(7);
      seen.note("read", talk.server.text());
      net.done(talk.clientChannel().writeAndFlush(Talk.text("again")));
      net.settle();
      seen.note("reads", talk.server.reads());
      talk.serverChannel().config().setAutoRead(true);
      talk.server.awaitBytes(12);
      seen.note("read", talk.server.text());
    }
  }

  private static void offInRead(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(4))
        .server(channel -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext context, Object message) {
            context.channel().config().setAutoRead(false);
            context.fireChannelRead(message);
          }
        })).open()) {
      net.done(talk.clientChannel().writeAndFlush(Talk.text("abcdefghij")));
      talk.server.awaitReads(1);
      net.settle();
      seen.note("reads", talk.server.reads());
      seen.note("read", talk.server.text());
      talk.serverChannel().read();
      talk.server.awaitReads(2);
      net.settle();
      seen.note("read", talk.server.text());
    }
  }

  private static void oneMessage(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.AUTO_READ, false)
        .serverOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(4).maxMessagesPerRead(1))
        .open()) {
      net.done(talk.clientChannel().writeAndFlush(Talk.text("abcdefgh")));
      net.settle();
      talk.serverChannel().read();
      talk.server.awaitReads(1);
      net.settle();
      seen.note("first", talk.server.text());
      talk.serverChannel().read();
      talk.server.awaitReads(2);
      net.settle();
      seen.note("second", talk.server.text());
      seen.note("read completes", talk.server.readCompletes());
    }
  }

  private static void readTwice(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.AUTO_READ, false).open()) {
      talk.serverChannel().read();
      talk.serverChannel().read();
      net.done(talk.clientChannel().writeAndFlush(Talk.text("one")));
      talk.server.awaitBytes(3);
      net.done(talk.clientChannel().writeAndFlush(Talk.text("two")));
      net.settle();
      seen.note("read", talk.server.text());
    }
  }

  private static void initialData(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.AUTO_READ, false)
        .clientOption(ChannelOption.AUTO_READ, false).open()) {
      net.done(talk.serverChannel().writeAndFlush(Talk.text("hello")));
      net.done(talk.clientChannel().writeAndFlush(Talk.text("hallo")));
      net.settle();
      talk.clientChannel().read();
      talk.serverChannel().read();
      talk.client.awaitBytes(5);
      talk.server.awaitBytes(5);
      seen.note("client", talk.client.text());
      seen.note("server", talk.server.text());
    }
  }

  private static void exceptionInRead(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).server(channel -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
      private boolean thrown;

      @Override
      public void channelRead(ChannelHandlerContext context, Object message) {
        context.fireChannelRead(message);
        if (!thrown) {
          thrown = true;
          throw new IllegalStateException("on purpose");
        }
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.fireExceptionCaught(cause);
      }
    })).open()) {
      net.done(talk.clientChannel().writeAndFlush(Talk.text("a")));
      talk.server.awaitEvent("IllegalState");
      net.done(talk.clientChannel().writeAndFlush(Talk.text("b")));
      talk.server.awaitBytes(2);
      net.settle();
      seen.note("server", talk.server.events());
      seen.note("read", talk.server.text());
      seen.note("read completes", talk.server.readCompletes());
    }
  }

  private static Path file(int length) throws Exception {
    Path file = Files.createTempFile("region", ".bin");
    file.toFile().deleteOnExit();
    return Files.write(file, Talk.array(length));
  }

  private static void fileRegion(Net net, Seen seen) throws Exception {
    Path file = file(3_000_000);
    try (Talk talk = Talk.on(net).open()) {
      DefaultFileRegion region = new DefaultFileRegion(file.toFile(), 0, 3_000_000);
      seen.ending("write", talk.clientChannel().writeAndFlush(region));
      talk.server.awaitBytes(3_000_000);
      seen.note("equal", Arrays.equals(talk.server.received(), Talk.array(3_000_000)));
      seen.note("transferred", region.transferred());
      seen.note("references", region.refCnt());
    }
  }

  private static void fileBetween(Net net, Seen seen) throws Exception {
    Path file = file(1000);
    try (Talk talk = Talk.on(net).open()) {
      talk.clientChannel().write(Talk.text("<"));
      talk.clientChannel().write(new DefaultFileRegion(file.toFile(), 100, 50));
      seen.ending("write", talk.clientChannel().writeAndFlush(Talk.text(">")));
      talk.server.awaitBytes(52);
      byte[] got = talk.server.received();
      seen.note("in order", got[0] == '<' && got[51] == '>'
          && Arrays.equals(Arrays.copyOfRange(got, 1, 51), Arrays.copyOfRange(Talk.array(1000), 100, 150)));
    }
  }

  private static void fileTooShort(Net net, Seen seen) throws Exception {
    Path file = file(100);
    try (Talk talk = Talk.on(net).open()) {
      ChannelFuture written = talk.clientChannel().writeAndFlush(new DefaultFileRegion(file.toFile(), 0, 101));
      seen.ending("write", written);
      seen.ending("close", talk.clientChannel().closeFuture());
    }
  }

  private static void fileEmpty(Net net, Seen seen) throws Exception {
    Path file = file(100);
    try (Talk talk = Talk.on(net).open()) {
      seen.ending("write", talk.clientChannel().writeAndFlush(new DefaultFileRegion(file.toFile(), 0, 0)));
      seen.note("active", talk.clientChannel().isActive());
    }
  }

  private static void shaping(Net net, Seen seen) {
    try (Talk talk = Talk.on(net)
        .client(channel -> channel.pipeline().addLast(new ChannelTrafficShapingHandler(200_000, 0, 50)))
        .server(channel -> channel.pipeline().addLast(new ChannelTrafficShapingHandler(0, 200_000, 50))).open()) {
      for (int i = 0; i < 10; i++) {
        talk.clientChannel().writeAndFlush(Talk.bytes(10_000));
      }
      talk.server.awaitBytes(100_000);
      seen.note("bytes", talk.server.received().length);
    }
  }

  private static void idle(Net net, Seen seen) {
    try (Talk talk = Talk.on(net)
        .server(channel -> channel.pipeline().addLast(new IdleStateHandler(30, 0, 0, TimeUnit.MILLISECONDS)))
        .open()) {
      talk.server.awaitEvent(IdleStateEvent.FIRST_READER_IDLE_STATE_EVENT.toString());
      seen.note("first is reader idle", talk.server.events().get(1).contains("READER_IDLE"));
    }
  }
}

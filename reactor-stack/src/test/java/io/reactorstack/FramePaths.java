package io.reactorstack;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * The call chains of a transfer over Ethernet, recorded from the stack traces of a running host: from the device to the congestion control
 * of a connection, from the end of a loop turn to the engine, and from there to the device.
 */
final class FramePaths {

  private static final int CHUNKS = 100;
  private static final int CHUNK_SIZE = 1000;

  private List<String> received = List.of();
  private List<String> polled = List.of();
  private List<String> sent = List.of();

  /** Runs a transfer of 100 KB in a lab and records the chains. */
  FramePaths() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      Host client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
      client.observe((direction, frame, nanos) -> {
        if (direction == FrameObserver.Direction.SENT && frame.payload().readableBytes() > CHUNK_SIZE) {
          sent = callChain();
        }
      });
      server.stack().tcp().listen(7).flatMap(connection -> connection.receive().doOnNext(ByteBuf::release).then())
          .subscribe();
      lab.await(client.stack().tcp()
          .settings(settings -> settings.withCongestion(c -> c.withCongestionControl(new Recording())))
          .connect("10.0.0.2", 7)
          .flatMap(connection -> connection
              .send(Flux.range(0, CHUNKS).map(i -> Unpooled.wrappedBuffer(new byte[CHUNK_SIZE])))
              .then(connection.close())));
    }
  }

  /** Returns the calls from the device to the congestion control, outermost first. */
  List<String> received() {
    return received;
  }

  /** Returns the calls from the end of the turn to the engine, as it builds a segment of new data, outermost first. */
  List<String> polled() {
    return polled;
  }

  /** Returns the calls from the end of the turn to the device, outermost first. */
  List<String> sent() {
    return sent;
  }

  /** Returns the calls of the stack's own methods, outermost first, without bridge methods, lambdas and the lab. */
  private static List<String> callChain() {
    List<String> calls = new ArrayList<>();
    for (StackTraceElement element : new Throwable().getStackTrace()) {
      String call = element.getClassName().replace("io.reactorstack.", "").replace('$', '.') + "."
          + element.getMethodName();
      boolean isOfTheStack = element.getClassName().startsWith("io.reactorstack.")
          && Character.isLowerCase(call.charAt(0)) && !call.startsWith("lab.") && !call.contains("lambda");
      if (isOfTheStack && (calls.isEmpty() || !calls.getLast().equals(call))) {
        calls.add(call);
      }
    }
    Collections.reverse(calls);
    return List.copyOf(calls);
  }

  /** CUBIC that records the call chains of each acknowledgement and each segment of new data. */
  private final class Recording implements CongestionControl.Factory {

    @Override
    public String name() {
      return Cubic.FACTORY.name();
    }

    @Override
    public CongestionControl create(CongestionControl.Start start) {
      CongestionControl cubic = Cubic.FACTORY.create(start);
      return (CongestionControl) Proxy.newProxyInstance(CongestionControl.class.getClassLoader(),
          new Class<?>[] {CongestionControl.class}, (proxy, method, arguments) -> {
            if (method.getName().equals("onAck")) {
              received = callChain();
            } else if (method.getName().equals("onSent")) {
              polled = callChain();
            }
            return method.invoke(cubic, arguments);
          });
    }
  }
}

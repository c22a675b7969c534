package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** A device at the end of a wire that sends numbered frames and records the frames that arrive. */
final class Station {

  /** A frame that arrived, with the time in milliseconds since the world began. */
  record Arrival(long millis, int number, int length) {}

  private final Lab lab;
  private final MacAddress macAddress;
  private final NetworkDevice device;
  private final Sinks.Many<Frame> out = Sinks.many().unicast().onBackpressureBuffer();
  private final List<Arrival> arrivals = new ArrayList<>();
  private final List<String> bytes = new ArrayList<>();

  Station(Lab lab, Plug plug) {
    this.lab = lab;
    this.macAddress = plug.macAddress();
    this.device = lab.call(() -> plug.open(lab.loop()));
    lab.run(() -> {
      device.send(out.asFlux()).subscribe(v -> {}, e -> {});
      device.receive().subscribe(this::note);
    });
  }

  MacAddress macAddress() {
    return macAddress;
  }

  NetworkDevice device() {
    return device;
  }

  /** Sends a frame of {@code length} bytes that contains a number. */
  void send(MacAddress to, int number, int length) {
    lab.run(() -> out.tryEmitNext(frame(macAddress, to, number, length)).orThrow());
  }

  void send(MacAddress to, int number) {
    send(to, number, 60);
  }

  static Frame frame(MacAddress from, MacAddress to, int number, int length) {
    ByteBuf buffer = Unpooled.buffer(length).writeZero(length);
    to.set(buffer, 0);
    from.set(buffer, 6);
    buffer.setShort(12, 0x88b5).setInt(14, number);
    return new Frame(buffer, PacketFacts.LOCAL);
  }

  /** Sends all frames as fast as the device takes them. */
  void sendAll(Flux<Frame> frames) {
    lab.run(() -> frames.subscribe(frame -> out.tryEmitNext(frame).orThrow()));
  }

  private void note(Frame frame) {
    arrivals.add(new Arrival(lab.now().toMillis(), frame.payload().getInt(14), frame.payload().readableBytes()));
    bytes.add(lab.now().toNanos() + " " + io.netty.buffer.ByteBufUtil.hexDump(frame.payload()));
    frame.release();
  }

  List<Arrival> arrivals() {
    return arrivals;
  }

  List<Integer> numbers() {
    return arrivals.stream().map(Arrival::number).toList();
  }

  /** Returns the time and bytes of every frame that arrived. */
  List<String> capture() {
    return bytes;
  }
}

package io.reactorstack.http.fetch;

import io.reactorstack.lab.Effects;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Flux;

/** The common part of the commands that send packets to a host: {@code ping} and {@code traceroute}. */
abstract class PathCommand extends StackCommand {

  /** The host of the simulated network. */
  static final String DEFAULT_HOST = "www.example.lab";

  /** The routers of the simulated network {@code lan}, the nearest first. */
  static final List<String> ROUTERS = List.of("10.0.1.1", "10.0.2.1", "10.0.3.1");

  private static final int LAB_MTU = 1400;

  @Parameters(arity = "0..1", paramLabel = "HOST", description = "Name or address of the host; by default "
      + DEFAULT_HOST + " in the simulated network, behind three routers; required on a real network.")
  private @Nullable String host;

  PathCommand(boolean ascii) {
    super(ascii, LabOptions.Kind.LAN);
  }

  /** Checks the options that only this command has; throws {@link IllegalArgumentException} if they are wrong. */
  abstract void checkOwnOptions();

  /** Runs the command for {@code target}, which the user has called {@code name}. */
  abstract ExitCode run(FetchNetwork world, String name, IpAddress target);

  @Override
  final void checkOptions() {
    if (isReal() && host == null) {
      throw new IllegalArgumentException("a real network needs a host");
    }
    checkOwnOptions();
  }

  /** Puts the routers on the wire of the client; the link behind the second one is narrower. */
  @Override
  final void prepare(EmbeddedLab simulated) {
    if (simulated instanceof LanLab) {
      simulated.clientHost().wire().withToRight(Effects.routers(ROUTERS.get(0), ROUTERS.get(1)));
      simulated.clientHost().wire().withToRight(Effects.mtu(LAB_MTU, ROUTERS.get(1)));
      simulated.clientHost().wire().withToRight(Effects.routers(ROUTERS.get(2)));
      simulated.clientHost().wire().withToLeft(Effects.routers(ROUTERS.reversed().toArray(String[]::new)));
    }
  }

  @Override
  final ExitCode run(FetchNetwork world) {
    String name = host == null ? DEFAULT_HOST : host;
    IpAddress target = IpAddress.isLiteral(name)
        ? IpAddress.parse(name)
        : Objects.requireNonNull(world.await(world.resolver().resolve(name).next()));
    return run(world, name, target);
  }

  /** Passes the values of {@code flux} to {@code print} until it completes. */
  static <T> void forEach(FetchNetwork world, Flux<T> flux, Consumer<? super T> print) {
    switch (world) {
      case RealNetwork real -> flux.subscribeOn(real.scheduler()).toIterable(1).forEach(print);
      case EmbeddedLab simulated -> Objects.requireNonNull(simulated.await(flux.collectList())).forEach(print);
    }
  }

  /** Returns {@code time} in milliseconds, with as many digits as ping shows. */
  static String millis(Duration time) {
    double millis = time.toNanos() / 1e6;
    int digits = millis >= 100 ? 0 : millis >= 10 ? 1 : millis >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + digits + "f", millis);
  }
}

package io.reactorstack.lab;

import java.time.Duration;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.MDC;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPLoggerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;
import reactor.core.publisher.Mono;

/** Prints what SLF4J's MDC holds in a world and outside, in a JVM in which an adapter prints it: this class's. */
public final class LogContextProbe implements SLF4JServiceProvider {

  /** As of a logger that prints it; the name says so to the lab. */
  private static final class PrintingMdcAdapter extends BasicMDCAdapter {}

  private final MDCAdapter adapter = new PrintingMdcAdapter();

  /** Prints a line for each place. */
  public static void main(String[] arguments) {
    try (Lab lab = Lab.virtual(17)) {
      say("outside");
      lab.run(() -> say("lab"));
      lab.host("shop").on(lab.newSwitch("lan"), "10.0.0.1/24").runs(host -> {
        say("software");
        Mono.delay(Duration.ofMillis(1500)).subscribe(tick -> say("timer"));
      }).start();
      lab.advance(Duration.ofSeconds(2));
      lab.run(() -> say("later"));
      lab.blocking(() -> {
        say("thread");
        return true;
      });
      say("still outside");
    }
  }

  private static void say(String place) {
    System.out.println("probe: " + place + ": " + MDC.get("lab.seed") + " " + MDC.get("lab.host") + " "
        + MDC.get("lab.time"));
  }

  @Override
  public ILoggerFactory getLoggerFactory() { return new NOPLoggerFactory(); }

  @Override
  public IMarkerFactory getMarkerFactory() { return new BasicMarkerFactory(); }

  @Override
  public MDCAdapter getMDCAdapter() { return adapter; }

  @Override
  public String getRequestedApiVersion() { return "2.0.99"; }

  @Override
  public void initialize() {
    // Ready.
  }
}

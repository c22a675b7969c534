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

/**
 * Prints the contents of SLF4J's MDC inside and outside a world. Runs in a separate JVM, with this class as SLF4J's
 * provider.
 */
public final class LogContextProbe implements SLF4JServiceProvider {

  /** An MDC adapter whose name tells the lab that a logger prints it. */
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
    // Nothing to initialize.
  }
}

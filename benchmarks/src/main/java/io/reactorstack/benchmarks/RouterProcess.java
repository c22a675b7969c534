package io.reactorstack.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.NetworkStack;
import io.reactorstack.StackConfiguration;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.TapDevice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that passes frames between two TAP interfaces, which it creates. Each router has its own, so that the
 * compiler of the JVM sees only the calls of this one.
 */
final class RouterProcess implements AutoCloseable {

  /** The ways in which a process handles the frames. */
  enum Kind {
    /** Reads each frame and writes it to the other interface: the least that a process does for a frame. */
    COPY,
    /** Connects the devices of the library with each other, without a stack. */
    DEVICES,
    /** The stack as a router. */
    STACK,
    /** The stack as a router that translates addresses. */
    STACK_NAT
  }

  /** The cost of the process so far: processor time, and the memory that its threads have allocated. */
  record Cost(long cpuNanos, long allocatedBytes) {}

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String ANSWER = "cost ";
  private static final int LONGEST_FRAME = 1518;
  /** The number of frames that are read from one interface before the other has its turn. */
  private static final int BATCH = 64;

  private final Process process;
  private final BufferedReader answers;

  private RouterProcess(Process process) {
    this.process = process;
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
  }

  /**
   * Starts a process and waits until its interfaces exist.
   *
   * @param classPath the code of the process
   * @param flags the options of its JVM
   */
  static RouterProcess start(Kind kind, String classPath, List<String> flags, String near, String far) {
    List<String> command = new ArrayList<>(
        List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED"));
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, RouterProcess.class.getName(), kind.name(), near, far));
    try {
      RouterProcess router = new RouterProcess(
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
      router.cost();
      return router;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the cost of the process so far. */
  Cost cost() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      String line = answers.readLine();
      while (line != null && !line.startsWith(ANSWER)) {
        // The JVM writes here too, if the flags tell it to.
        line = answers.readLine();
      }
      if (line == null) {
        throw new IllegalStateException("the router has ended");
      }
      String[] numbers = line.substring(ANSWER.length()).split(" ");
      return new Cost(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroy();
    }
  }

  /**
   * The process: it writes its cost for each line of its standard input, and ends with it, which happens when the
   * benchmark ends or dies.
   */
  public static void main(String[] arguments) throws IOException {
    String near = arguments[1];
    String far = arguments[2];
    Runnable end = switch (Kind.valueOf(arguments[0])) {
      case COPY -> copy(near, far);
      case DEVICES -> devices(near, far);
      case STACK -> stack(router(near, far).forwarding());
      case STACK_NAT -> stack(router(near, far).nat("far", nat -> nat));
    };
    OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int read = System.in.read(); read >= 0; read = System.in.read()) {
      System.out.println(ANSWER + system.getProcessCpuTime() + " " + threads.getTotalThreadAllocatedBytes());
    }
    end.run();
    System.exit(0);
  }

  private static StackConfiguration router(String near, String far) {
    return NetworkStack.create().ipv4(settings -> settings.withAddressProbes(false))
        .device("near", TapDevice.named(near), ForwardingPath.ROUTER_NEAR + "/24")
        .device("far", TapDevice.named(far), ForwardingPath.ROUTER_FAR + "/24");
  }

  private static Runnable stack(StackConfiguration configuration) {
    NetworkStack router = configuration.startNow();
    return () -> router.stop().block(LIMIT);
  }

  private static Runnable devices(String near, String far) {
    TapDevice tap = TapDevice.named(near);
    IoEventLoopGroup group = tap.newLoopGroup("devices");
    IoEventLoop loop = group.next();
    loop.submit(() -> {
      NetworkDevice one = tap.open(loop);
      NetworkDevice other = TapDevice.named(far).open(loop);
      one.send(other.receive()).subscribe();
      other.send(one.receive()).subscribe();
    }).syncUninterruptibly();
    return () -> group.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static Runnable copy(String near, String far) {
    SystemCalls calls = new SystemCalls();
    int one = calls.openTap(near);
    int other = calls.openTap(far);
    Thread.ofPlatform().name("copy").daemon().start(() -> {
      MemorySegment buffer = Arena.ofAuto().allocate(LONGEST_FRAME);
      MemorySegment both = calls.pollSet(one, other);
      while (true) {
        if (copy(calls, one, other, buffer) + copy(calls, other, one, buffer) == 0) {
          calls.poll(both);
        }
      }
    });
    return () -> {
      // The descriptors are closed with the process.
    };
  }

  /** Copies frames until there are no more or {@link #BATCH} are done; returns their number. */
  private static int copy(SystemCalls calls, int from, int to, MemorySegment buffer) {
    for (int frames = 0; frames < BATCH; frames++) {
      int length = calls.read(from, buffer);
      if (length <= 0) {
        return frames;
      }
      calls.write(to, buffer, length);
    }
    return BATCH;
  }
}

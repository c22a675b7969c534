package io.reactorstack.dns.transport;

import io.netty.channel.EventLoop;
import io.reactorstack.dns.configuration.HostsTable;
import io.reactorstack.dns.configuration.ResolvConf;
import io.reactorstack.dns.configuration.ResolverOptions;
import io.reactorstack.dns.configuration.WatchedFile;
import io.reactorstack.layer.Drops;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.spi.LoopScheduler;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpResources;

/**
 * The kernel as the host of a resolver: its sockets, its clock and its configuration files, on one event loop of Reactor
 * Netty. The clock is the loop's.
 *
 * <p>There is nothing to close. The loop belongs to the given resources, and idle sockets close by themselves within
 * seconds.
 */
public final class KernelHost implements DnsHost {

  private final EventLoop loop;
  private final Scheduler scheduler;
  private final Scheduler worker;
  private final KernelFiles files;
  private final RandomGenerator random = new UnpredictableNumbers();
  private final Drops drops = new Drops();
  private final WatchedFile<ResolvConf> configuration;
  private final WatchedFile<HostsTable> hosts;
  private final KernelInterfaces interfaces;
  private final KernelAddressOrder order;
  private final DnsTransport transport;

  private KernelHost(LoopResources resources, KernelFiles files, EventLoop loop, Scheduler worker) throws IOException {
    this.loop = loop;
    this.files = files;
    this.scheduler = new LoopScheduler(loop);
    this.worker = worker;
    this.configuration = watch(files.resolvConf(), this::parse);
    this.hosts = watch(files.hosts(), HostsTable::parse);
    this.interfaces = new KernelInterfaces(this::nanoTime, worker);
    this.order = new KernelAddressOrder(interfaces, this::nanoTime);
    this.transport = new KernelTransport(loop, resources, random, interfaces::inZone);
  }

  /** Creates the host on one of the loops that Reactor Netty's TCP clients share, with the files of Linux. */
  public static KernelHost create() throws IOException {
    return create(TcpResources.get(), KernelFiles.DEFAULT);
  }

  /**
   * Creates the host on the loop of {@code resources} that the caller is on, or any other one of its loops.
   *
   * <p>Reads the files and the addresses of the machine's interfaces, and seeds the random numbers, on the caller's
   * thread. These may block, so the caller should not be on an event loop.
   *
   * @throws IOException if a file exists and cannot be read for another reason than a missing permission
   */
  public static KernelHost create(LoopResources resources, KernelFiles files) throws IOException {
    EventLoop loop = Checks.given("resources", resources).onClient(LoopResources.DEFAULT_NATIVE).next();
    return create(resources, Checks.given("files", files), loop, Schedulers.boundedElastic());
  }

  /**
   * Creates the host on {@code loop}.
   *
   * @param worker reads files and addresses later
   */
  static KernelHost create(LoopResources resources, KernelFiles files, EventLoop loop, Scheduler worker)
      throws IOException {
    return new KernelHost(resources, files, loop, worker);
  }

  private ResolvConf parse(Reader reader) throws IOException {
    Path name = files.hostName();
    return ResolvConf.parse(reader, Files.isReadable(name) ? Files.readString(name).strip() : "");
  }

  /**
   * Reads {@code file} on the caller's thread, and returns its content, which is read again on a worker after a change;
   * for the {@link KernelFiles#hosts} file, whose format is the resolver's.
   *
   * @throws IOException if the file exists and cannot be read for another reason than a missing permission
   */
  public <T> WatchedFile<T> watch(Path file, WatchedFile.Format<T> format) throws IOException {
    return new WatchedFile<>(file, format, this::nanoTime, worker);
  }

  /** The configuration files. */
  public KernelFiles files() {
    return files;
  }

  @Override
  public void execute(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  @Override
  public boolean isOnLoop() {
    return loop.inEventLoop();
  }

  @Override
  public Scheduler scheduler() {
    return scheduler;
  }

  @Override
  public long nanoTime() {
    return loop.ticker().nanoTime();
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public Drops drops() {
    return drops;
  }

  /** The servers and search domains of {@code resolv.conf}. */
  @Override
  public DnsConfiguration learned() {
    return configuration.get().servers();
  }

  /** The options of {@code resolv.conf}. */
  @Override
  public ResolverOptions options() {
    return configuration.get().options();
  }

  /** The names in the hosts file. */
  @Override
  public HostsTable hosts() {
    return hosts.get();
  }

  @Override
  public List<IpAddress> sorted(List<IpAddress> addresses) {
    return order.sorted(addresses);
  }

  @Override
  public boolean hasAddress(boolean v4) {
    return interfaces.hasAddress(v4);
  }

  @Override
  public DnsTransport transport() {
    return transport;
  }
}

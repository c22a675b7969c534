package io.reactorstack.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two hosts on the kernel with a router between them, each in a network namespace or a process of its own.
 *
 * <pre>near - 10.95.1.0/24 - router - 10.95.2.0/24 - far</pre>
 */
final class ForwardingPath implements AutoCloseable {

  static final String NEAR = "10.95.1.2";
  static final String ROUTER_NEAR = "10.95.1.1";
  static final String ROUTER_FAR = "10.95.2.1";
  static final String FAR = "10.95.2.2";

  private static final String MASQUERADE = "add table ip nat;"
      + "add chain ip nat out { type nat hook postrouting priority 100; };"
      + "add rule ip nat out oifname \"far\" masquerade";

  private final Namespace near;
  private final Namespace far;
  private final AutoCloseable router;

  private ForwardingPath(Namespace near, Namespace far, AutoCloseable router) {
    this.near = near;
    this.far = far;
    this.router = router;
  }

  /** A path over the TAP interfaces of a process. */
  static ForwardingPath through(RouterProcess.Kind kind, String name, String classPath, List<String> flags) {
    Namespace near = new Namespace("rsb-near-" + name);
    Namespace far = new Namespace("rsb-far-" + name);
    String nearTap = "rsbn" + name;
    String farTap = "rsbf" + name;
    RouterProcess router = RouterProcess.start(kind, classPath, flags, nearTap, farTap);
    boolean routes = kind == RouterProcess.Kind.STACK || kind == RouterProcess.Kind.STACK_NAT;
    // Without a router the hosts are on one link.
    near.adopt(nearTap, NEAR + (routes ? "/24" : "/16"));
    far.adopt(farTap, FAR + (routes ? "/24" : "/16"));
    ForwardingPath path = new ForwardingPath(near, far, router);
    if (routes) {
      path.setRoutes();
    }
    return path;
  }

  /**
   * A path over veth pairs to a namespace that forwards.
   *
   * @param masquerades whether it translates the addresses of the near host
   * @param offloads whether the interfaces take merged segments without checksums, which a TAP of the stack does not
   */
  static ForwardingPath throughKernel(String name, boolean masquerades, boolean offloads) {
    Namespace near = new Namespace("rsb-near-" + name);
    Namespace far = new Namespace("rsb-far-" + name);
    Namespace router = new Namespace("rsb-router-" + name);
    connect(router, "near", ROUTER_NEAR, near, NEAR, offloads);
    connect(router, "far", ROUTER_FAR, far, FAR, offloads);
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
    if (masquerades) {
      router.run("nft", MASQUERADE);
    }
    ForwardingPath path = new ForwardingPath(near, far, router);
    path.setRoutes();
    return path;
  }

  private static void connect(Namespace router, String link, String routerAddress, Namespace host, String address,
      boolean offloads) {
    router.ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", host.name());
    router.configure(link, routerAddress + "/24");
    host.configure("eth0", address + "/24");
    if (!offloads) {
      // Without checksums by the interface there is no segmentation by it either.
      router.run("sh", "-c", "ethtool -K " + link + " tx off gso off gro off >/dev/null");
      host.run("sh", "-c", "ethtool -K eth0 tx off gso off gro off >/dev/null");
    }
    // The packets are received on another processor than that of their sender, as those of a process are.
    for (Namespace end : List.of(router, host)) {
      end.run("sh", "-c", "echo 2 >/sys/class/net/" + (end == router ? link : "eth0") + "/queues/rx-0/rps_cpus");
    }
  }

  private void setRoutes() {
    near.ip("route", "add", "default", "via", ROUTER_NEAR);
    far.ip("route", "add", "default", "via", ROUTER_FAR);
  }

  Namespace near() {
    return near;
  }

  Namespace far() {
    return far;
  }

  /** The process that forwards, or {@code null} if the kernel does. */
  @Nullable
  RouterProcess process() {
    return router instanceof RouterProcess process ? process : null;
  }

  @Override
  public void close() {
    near.close();
    far.close();
    try {
      router.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}

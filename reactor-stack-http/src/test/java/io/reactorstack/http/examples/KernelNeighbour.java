package io.reactorstack.http.examples;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.UnprobedStack;
import java.time.Duration;

/** A host on the stack, connected by a TAP interface to a kernel namespace in which ordinary programs run. */
final class KernelNeighbour implements AutoCloseable {

  static final String KERNEL = "192.168.79.1";
  static final String STACK = "192.168.79.2";
  static final Duration SOON = Duration.ofSeconds(20);

  final NetworkNamespace namespace = NetworkNamespace.create();
  final NetworkStack stack;

  KernelNeighbour() {
    String tap = NetworkNamespace.uniqueInterfaceName();
    stack = UnprobedStack.create().name("example").device(TapDevice.named(tap), STACK + "/24").startNow();
    namespace.adopt(tap, "eth0", KERNEL + "/24");
  }

  @Override
  public void close() {
    stack.stop().block(SOON);
    namespace.close();
  }
}

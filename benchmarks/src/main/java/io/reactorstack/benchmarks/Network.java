package io.reactorstack.benchmarks;

/** The network between client and server. */
public enum Network {
  /** Reactor Netty on the kernel's loopback, one loop for both sides. */
  KERNEL_LOOPBACK,
  /** Two stacks on a cable in memory (MTU 1500), both on one loop. */
  STACKS_ONE_LOOP,
  /** Two stacks on a cable in memory (MTU 1500), each on its own loop. */
  STACKS_TWO_LOOPS,
  /** Reactor Netty on the kernel, through a veth pair to a process in another namespace. Root only. */
  KERNEL_VETH,
  /**
   * A stack on a TAP interface (MTU 1500, no offload), to the same process on the kernel in another namespace. Root
   * only.
   */
  STACK_TAP
}

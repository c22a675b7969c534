package io.reactorstack.agent;

import org.jspecify.annotations.Nullable;

/** The operations that a driver may request. */
enum Operation {
  HELLO(1),
  BYE(2),
  CONFIG(3),
  ADVANCE(4),
  NETDEV_SEND(5),
  NETDEV_RECEIVE(6),
  SOCKET(10),
  BIND(11),
  LISTEN(12),
  ACCEPT(13),
  CONNECT(14),
  SEND(15),
  RECV(16),
  SHUTDOWN(17),
  CLOSE(18),
  GETSOCKOPT(19),
  SETSOCKOPT(20),
  FCNTL(21),
  IOCTL(22),
  POLL(23),
  TCPINFO(24),
  EPOLL_CREATE(25),
  EPOLL_CTL(26),
  EPOLL_WAIT(27);

  private static final Operation[] ALL = values();

  final int code;

  Operation(int code) {
    this.code = code;
  }

  /** Returns the operation with this code, or {@code null}. */
  static @Nullable Operation of(int code) {
    for (Operation operation : ALL) {
      if (operation.code == code) {
        return operation;
      }
    }
    return null;
  }
}

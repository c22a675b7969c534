package io.reactorstack.agent;

/** The error numbers of Linux that a driver may receive. */
enum Errno {
  EBADF(9),
  EAGAIN(11),
  EINVAL(22),
  EPIPE(32),
  EDEADLK(35),
  ENOSYS(38),
  EDESTADDRREQ(89),
  EMSGSIZE(90),
  ENOPROTOOPT(92),
  EPROTONOSUPPORT(93),
  ESOCKTNOSUPPORT(94),
  EOPNOTSUPP(95),
  EAFNOSUPPORT(97),
  EADDRINUSE(98),
  EADDRNOTAVAIL(99),
  ENETUNREACH(101),
  ECONNABORTED(103),
  ECONNRESET(104),
  ENOBUFS(105),
  EISCONN(106),
  ENOTCONN(107),
  ETIMEDOUT(110),
  ECONNREFUSED(111),
  EHOSTUNREACH(113),
  EALREADY(114),
  EINPROGRESS(115),
  EEXIST(17),
  ENOENT(2);

  final int number;

  Errno(int number) {
    this.number = number;
  }

  /** Returns the exception that ends a call with this error. */
  CallFailed failure() {
    return new CallFailed(this);
  }
}

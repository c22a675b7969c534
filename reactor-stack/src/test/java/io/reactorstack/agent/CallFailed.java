package io.reactorstack.agent;

/** Ends a call with an error number. */
final class CallFailed extends RuntimeException {

  private static final long serialVersionUID = 1;

  final Errno errno;

  CallFailed(Errno errno) {
    super(errno.name(), null, false, false);
    this.errno = errno;
  }
}

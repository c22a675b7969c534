package io.reactorstack.agent;

import org.jspecify.annotations.Nullable;

/** A socket as a program sees it. Operations that a kind of socket does not support fail with EOPNOTSUPP. */
abstract class BsdSocket {

  static final int IN = 1;
  static final int OUT = 4;
  static final int ERR = 8;
  static final int HUP = 0x10;
  static final int RDHUP = 0x2000;

  static final int MSG_PEEK = 2;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_WAITALL = 0x100;
  static final int MSG_MORE = 0x8000;

  private boolean nonBlocking;

  final boolean isNonBlocking() { return nonBlocking; }

  final void nonBlocking(boolean on) {
    nonBlocking = on;
  }

  void bind(Request.Address local) {
    throw Errno.EOPNOTSUPP.failure();
  }

  void listen(int backlog) {
    throw Errno.EOPNOTSUPP.failure();
  }

  /** Returns the next accepted connection, or {@code null} if there is none yet. */
  @Nullable
  StreamSocket accept() {
    throw Errno.EOPNOTSUPP.failure();
  }

  /** Starts a connect. */
  Call connect(Request.Address remote) {
    throw Errno.EOPNOTSUPP.failure();
  }

  /** Sends data; {@code to} has family 0 if no address is given. */
  Call send(byte[] data, int flags, Request.Address to) {
    throw Errno.EOPNOTSUPP.failure();
  }

  Call receive(int max, int flags) {
    throw Errno.EOPNOTSUPP.failure();
  }

  void shutdown(int how) {
    throw Errno.EOPNOTSUPP.failure();
  }

  byte[] option(int level, int name, int max) {
    throw Errno.ENOPROTOOPT.failure();
  }

  void option(int level, int name, byte[] value) {
    throw Errno.ENOPROTOOPT.failure();
  }

  int control(int request) {
    throw Errno.EINVAL.failure();
  }

  byte[] tcpInfo() {
    throw Errno.EOPNOTSUPP.failure();
  }

  /** Returns the events that are ready, out of all events. */
  abstract int events();

  /** Closes the socket; when the returned call ends, the socket may be forgotten. */
  abstract Call close();

  /** Updates the socket's state after events in the stack. */
  void observe() {}
}

package io.reactorstack.lab;

/** The state of a host in a lab. */
public enum HostState {
  /** Its programs and its TCP/IP stack run. */
  RUNNING,
  /** It is suspended: see {@link Host#pause}. */
  PAUSED,
  /** It has lost its power: see {@link Host#crash}. */
  CRASHED,
  /** It was stopped in an orderly way. */
  STOPPED
}

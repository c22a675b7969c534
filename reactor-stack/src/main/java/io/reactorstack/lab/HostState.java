package io.reactorstack.lab;

/** Whether a host of a lab runs, and if not, why. */
public enum HostState {
  /** Its software and its TCP/IP run. */
  RUNNING,
  /** It stands still: see {@link Host#pause}. */
  PAUSED,
  /** It has lost its power: see {@link Host#crash}. */
  CRASHED,
  /** It was stopped in an orderly way. */
  STOPPED
}

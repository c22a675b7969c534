package io.reactorstack.layer;

import io.reactorstack.packet.DropReason;

/** The reasons for which the shared operators drop a unit. */
public enum StageDrop implements DropReason {
  /**
   * A stage threw an exception on a unit: the unit is lost, and the stage continues. This is always a defect of the
   * stage. Count it by {@link Drops#fault}, which also counts the current received frame as dropped unless that was
   * counted before.
   */
  STAGE_FAULT,
  /**
   * There was no memory to handle a unit, or to send the response of a connection to it. Count it by
   * {@link Drops#fault}, which also counts the current received frame as dropped unless that was counted before.
   */
  NO_MEMORY,
  /** A unit arrived for a key that has no branch. */
  NOBODY_HOME;

  /** Returns the reason for the loss of a unit on which {@code cause} was thrown. */
  public static StageDrop of(Throwable cause) {
    return cause instanceof VirtualMachineError ? NO_MEMORY : STAGE_FAULT;
  }

  @Override
  public String layer() {
    return "stage";
  }

  @Override
  public Kind kind() {
    return this == NOBODY_HOME ? Kind.INBOUND : Kind.NOTICE;
  }
}

package io.reactorstack.layer;

import io.reactorstack.packet.DropReason;

/** Drops that the shared operators count. */
public enum StageDrop implements DropReason {
  /**
   * A stage threw on a unit; the unit is gone, the stage goes on. Always a defect of the stage. Counted by {@link Drops#fault},
   * which knows whether a received frame ends by it.
   */
  STAGE_FAULT,
  /**
   * There was no memory to handle a unit, or for what it would have made a connection send. Counted by {@link Drops#fault}, which
   * knows whether a received frame ends by it.
   */
  NO_MEMORY,
  /** A unit arrived for a branch that nobody subscribes to. */
  NOBODY_HOME;

  /** How a unit is counted that was lost because something threw {@code cause}. */
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

package io.reactorstack.layer;

/** Drops that the shared operators count. */
public enum StageDrop implements DropReason {
  /** A stage threw on a unit; the unit is gone, the stage goes on. Always a defect of the stage. */
  STAGE_FAULT,
  /** A unit arrived for a branch that nobody subscribes to. */
  NOBODY_HOME;

  @Override
  public String layer() {
    return "stage";
  }
}

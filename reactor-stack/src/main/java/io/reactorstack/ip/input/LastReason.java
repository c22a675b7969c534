package io.reactorstack.ip.input;

import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Rejections;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Holds the reason for which a codec rejected a packet until a verdict takes it. */
final class LastReason implements Rejections {

  private @Nullable DropReason reason;

  @Override
  public void count(DropReason given) {
    reason = given;
  }

  /** Returns the reason and clears it. */
  DropReason take() {
    DropReason taken = Objects.requireNonNull(reason, "a codec rejected a packet without counting a reason");
    reason = null;
    return taken;
  }
}

package io.reactorstack.ip.input;

import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Rejections;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Keeps the reason that a codec gives for refusing a packet, until it is taken into a verdict. */
final class LastReason implements Rejections {

  private @Nullable DropReason reason;

  @Override
  public void count(DropReason given) {
    reason = given;
  }

  /** The reason, which is then forgotten. */
  DropReason take() {
    DropReason taken = Objects.requireNonNull(reason, "a codec refused a packet without a reason");
    reason = null;
    return taken;
  }
}

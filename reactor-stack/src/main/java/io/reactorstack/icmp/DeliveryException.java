package io.reactorstack.icmp;

import java.io.IOException;

/**
 * The cause of an exception of a socket or a ping that reports an undelivered packet, with the failure as a value.
 *
 * <pre>{@code
 * if (exception.getCause() instanceof DeliveryException cause && cause.failure() instanceof IcmpError error) { … }
 * }</pre>
 */
public final class DeliveryException extends IOException {

  private static final long serialVersionUID = 1L;

  private final transient DeliveryFailure failure;

  /** Creates an exception for {@code failure}. */
  public DeliveryException(DeliveryFailure failure) {
    super(failure.text() + ", reported by " + failure.reporter());
    this.failure = failure;
  }

  /** The failure. */
  public DeliveryFailure failure() {
    return failure;
  }
}

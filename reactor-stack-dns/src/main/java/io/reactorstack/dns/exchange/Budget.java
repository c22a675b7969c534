package io.reactorstack.dns.exchange;

/**
 * The number of messages that may still be sent for one question of an application, including all questions that follow
 * from it (RFC 1035 section 7.1). Used on the event loop only.
 */
public final class Budget {

  private int left;
  private int used;

  /** Creates a budget of {@code messages}. */
  public Budget(int messages) {
    this.left = messages;
  }

  /** Takes one message from the budget; returns false if none is left. */
  public boolean take() {
    if (left == 0) {
      return false;
    }
    left--;
    used++;
    return true;
  }

  /** Returns whether no message is left. */
  public boolean isSpent() {
    return left == 0;
  }

  /** Returns the number of messages taken so far. */
  public int used() {
    return used;
  }
}

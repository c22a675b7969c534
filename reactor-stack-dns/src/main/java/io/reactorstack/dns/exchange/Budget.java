package io.reactorstack.dns.exchange;

/**
 * The number of messages that may still be sent for one question of an application, including all questions that follow
 * from it (RFC 1035 section 7.1). Used on the event loop only.
 */
public class Budget {

  private int left;
  private int used;

  /** A view of a budget that tells of each message. */
  private static final class Watched extends Budget {

    private final Budget whole;
    private final Runnable onMessage;

    Watched(Budget whole, Runnable onMessage) {
      super(0);
      this.whole = whole;
      this.onMessage = onMessage;
    }

    @Override
    public boolean take() {
      boolean taken = whole.take();
      if (taken) {
        onMessage.run();
      }
      return taken;
    }

    @Override
    public boolean isSpent() {
      return whole.isSpent();
    }

    @Override
    public int used() {
      return whole.used();
    }
  }

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

  /** Returns a view of this budget that calls {@code onMessage} for each message that is taken through it. */
  public Budget watchedBy(Runnable onMessage) {
    return new Watched(this, onMessage);
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

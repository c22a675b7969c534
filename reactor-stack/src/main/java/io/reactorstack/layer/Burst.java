package io.reactorstack.layer;

import io.reactorstack.packet.Pdu;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * An operator that cuts each unit into several, such as a packet into fragments or a super-frame into segments. Pieces
 * are pulled: each is made when there is demand for it.
 *
 * <p>The whole demand is requested from above in advance, so that no unit waits for a further request. If a unit has
 * several pieces, they use demand that has been requested already; the surplus units then wait here, uncut, until there
 * is demand again. The demand therefore bounds their number.
 *
 * @param <I> the incoming unit
 * @param <O> the outgoing unit
 */
public final class Burst<I extends Pdu, O extends Pdu> extends FluxOperator<I, O> {

  /**
   * The number of pieces that are made before the first of them is passed on. A device then writes them one right after
   * the other.
   */
  private static final int TOGETHER = 16;

  private static final Logger LOG = Loggers.getLogger(Burst.class);

  /**
   * The pieces of one unit. They own the unit until the last piece has been made.
   *
   * @param <O> the piece
   */
  public interface Pieces<O> {

    /** Returns whether pieces are left to be made. If not, the unit has been released or is part of the last piece. */
    boolean hasNext();

    /** Makes the next piece, or returns {@code null} if the remaining pieces were discarded and the unit released. */
    @Nullable
    O next();

    /** Discards the pieces that were not made, and releases the unit. Called only if pieces are left. */
    void release();
  }

  private final Function<? super I, ? extends @Nullable Pieces<O>> cutter;
  private final long ahead;
  private final Drops drops;

  private Burst(Flux<I> source, Function<? super I, ? extends @Nullable Pieces<O>> cutter, long ahead, Drops drops) {
    super(source);
    this.cutter = cutter;
    this.ahead = ahead;
    this.drops = drops;
  }

  /**
   * Returns a stage over {@code source} that emits the pieces that {@code cutter} returns for each unit; if the cutter
   * returns {@code null}, it has released the unit and counted the reason.
   *
   * <p><b>Backpressure:</b> one piece for each requested; demand is passed upstream one for one, less the units that
   * wait. <b>Buffer ownership:</b> the cutter owns the unit, the subscriber each piece; if the cutter throws,
   * the stage releases the unit. <b>Threading:</b> the source and the requests use the same loop. <b>Cancellation:</b>
   * passed upstream; waiting units and pieces that were not made are released.
   */
  public static <I extends Pdu, O extends Pdu> Flux<O> of(
      Flux<I> source, Function<? super I, ? extends @Nullable Pieces<O>> cutter, Drops drops) {
    return new Burst<>(source, cutter, Long.MAX_VALUE, drops);
  }

  /**
   * As {@link #of(Flux, Function, Drops)}, for long units: at most {@code ahead} units are requested that have not been
   * cut completely.
   *
   * <p><b>Backpressure:</b> one piece for each requested; new units are requested when at most half of {@code ahead} are
   * left. <b>Buffer ownership</b>, <b>Threading</b>, <b>Cancellation:</b> as above.
   *
   * @param ahead the limit, at least 1
   */
  public static <I extends Pdu, O extends Pdu> Flux<O> of(Flux<I> source,
      Function<? super I, ? extends @Nullable Pieces<O>> cutter, int ahead, Drops drops) {
    return new Burst<>(source, cutter, ahead, drops);
  }

  @Override
  public void subscribe(CoreSubscriber<? super O> actual) {
    source.subscribe(new Cutting<>(actual, cutter, ahead, drops));
  }

  private static final class Cutting<I extends Pdu, O extends Pdu> implements CoreSubscriber<I>, Subscription {

    private final CoreSubscriber<? super O> actual;
    private final Function<? super I, ? extends @Nullable Pieces<O>> cutter;
    private final long ahead;
    private final Drops drops;
    private final Deque<I> waiting = new ArrayDeque<>();
    /** Pieces that were made and not passed on yet; they use the demand that is known. */
    private final Deque<O> made = new ArrayDeque<>();
    private @Nullable Subscription upstream;
    private @Nullable Pieces<O> pieces;
    private @Nullable Throwable failure;
    private long demand;
    /** The number of units that were requested from above and have not arrived. */
    private long requested;
    private boolean completed;
    private boolean over;
    private boolean draining;

    Cutting(CoreSubscriber<? super O> actual, Function<? super I, ? extends @Nullable Pieces<O>> cutter, long ahead,
        Drops drops) {
      this.actual = actual;
      this.cutter = cutter;
      this.ahead = ahead;
      this.drops = drops;
    }

    @Override
    public reactor.util.context.Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      actual.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      if (Operators.validate(n)) {
        demand = Operators.addCap(demand, n);
        drain();
      }
    }

    @Override
    public void onNext(I unit) {
      if (over) {
        unit.release();
        return;
      }
      if (requested == 0) {
        unit.release();
        cancel();
        actual.onError(Exceptions.failWithOverflow("the source emitted more units than were requested"));
        return;
      }
      if (requested != Long.MAX_VALUE) {
        requested--;
      }
      if (demand > 0 && !draining && pieces == null && waiting.isEmpty()) {
        pieces = cut(unit);
        O first = nextPiece();
        if (first != null) {
          pass(first);
        }
        // The usual case: the only piece has used the demand for which its unit was requested.
        if (pieces == null && waiting.isEmpty() && demand <= requested && !completed) {
          return;
        }
      } else {
        waiting.addLast(unit);
      }
      drain();
    }

    /** Emits {@code piece}; units that the subscriber's requests bring meanwhile wait. */
    private void pass(O piece) {
      draining = true;
      try {
        give(piece);
      } finally {
        draining = false;
      }
    }

    private void give(O piece) {
      if (demand != Long.MAX_VALUE) {
        demand--;
      }
      actual.onNext(piece);
    }

    private @Nullable Pieces<O> cut(I unit) {
      try {
        return cutter.apply(unit);
      } catch (Throwable e) {
        LOG.error("a unit could not be cut; it is dropped", e);
        if (unit.payload().refCnt() > 0) {
          unit.release();
        }
        drops.fault(e);
        return null;
      }
    }

    /**
     * Emits pieces until demand or units run out, and requests units for the rest of the demand. Not re-entrant: the
     * running loop handles units and demand that arrive meanwhile.
     */
    private void drain() {
      if (draining) {
        return;
      }
      draining = true;
      try {
        do {
          emit();
        } while (pull());
      } finally {
        draining = false;
      }
      if (completed && pieces == null && waiting.isEmpty() && !over) {
        end();
      }
    }

    private void emit() {
      while (demand > 0 && !over) {
        if (pieces == null) {
          I unit = waiting.pollFirst();
          if (unit == null) {
            return;
          }
          pieces = cut(unit);
        }
        make();
        passMade();
      }
    }

    /** Makes the next pieces of the present unit: those that are passed on together. */
    private void make() {
      int room = (int) Math.min(demand, TOGETHER);
      while (pieces != null && made.size() < room) {
        O piece = nextPiece();
        if (piece != null) {
          made.addLast(piece);
        }
      }
    }

    private void passMade() {
      for (O piece = made.pollFirst(); piece != null; piece = made.pollFirst()) {
        give(piece);
      }
    }

    private @Nullable O nextPiece() {
      Pieces<O> current = pieces;
      if (current == null) {
        return null;
      }
      try {
        O piece = current.next();
        if (piece == null || !current.hasNext()) {
          pieces = null;
        }
        return piece;
      } catch (Throwable e) {
        // The other pieces are useless without this one.
        LOG.error("a piece of a unit could not be made; the remaining pieces are dropped", e);
        releasePieces();
        drops.fault(e);
        return null;
      }
    }

    /** Requests units for the demand that no requested unit will use; returns whether units arrived at once. */
    private boolean pull() {
      long more = ahead == Long.MAX_VALUE ? demand - requested : roomAhead();
      if (more <= 0 || completed || over) {
        return false;
      }
      boolean unbounded = ahead == Long.MAX_VALUE && demand == Long.MAX_VALUE;
      requested = unbounded ? Long.MAX_VALUE : requested + more;
      Objects.requireNonNull(upstream).request(unbounded ? Long.MAX_VALUE : more);
      return !waiting.isEmpty();
    }

    /** Returns the number of units to be requested within the limit, or 0 if more than half of them are left. */
    private long roomAhead() {
      long wanted = Math.min(demand, ahead);
      long left = requested + waiting.size() + (pieces == null ? 0 : 1);
      return left > wanted / 2 ? 0 : wanted - left;
    }

    private void releasePieces() {
      Pieces<O> left = pieces;
      pieces = null;
      if (left != null) {
        left.release();
      }
    }

    private void end() {
      over = true;
      if (failure == null) {
        actual.onComplete();
      } else {
        actual.onError(failure);
      }
    }

    @Override
    public void onError(Throwable t) {
      failure = t;
      onComplete();
    }

    @Override
    public void onComplete() {
      completed = true;
      drain();
    }

    @Override
    public void cancel() {
      over = true;
      releasePieces();
      for (O piece = made.pollFirst(); piece != null; piece = made.pollFirst()) {
        piece.release();
      }
      for (I unit = waiting.pollFirst(); unit != null; unit = waiting.pollFirst()) {
        unit.release();
      }
      Objects.requireNonNull(upstream).cancel();
    }
  }
}

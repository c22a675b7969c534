package io.reactorstack.layer;

import io.reactorstack.packet.Pdu;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The operator of a stage that makes several units of one: fragments of a packet, segments of a super-frame. The pieces are
 * pulled: each is made when there is demand for it, and the next unit is asked for when there is demand and the pieces of the
 * last one are used up. So one unit is held at most, and none is cut before the device has room.
 *
 * @param <I> the unit that comes in
 * @param <O> the unit that goes out
 */
public final class Burst<I extends Pdu, O extends Pdu> extends FluxOperator<I, O> {

  private static final Logger LOG = Loggers.getLogger(Burst.class);

  /**
   * The pieces of one unit, which they own: they release it when the last piece was made.
   *
   * @param <O> the piece
   */
  public interface Pieces<O> {

    /** Makes the next piece, or returns {@code null} after the last. */
    @Nullable
    O next();

    /** Gives up the pieces that were not made, and the unit. Not called after {@link #next} has returned {@code null}. */
    void release();
  }

  private final Function<? super I, ? extends @Nullable Pieces<O>> cutter;
  private final Drops drops;

  private Burst(Flux<I> source, Function<? super I, ? extends @Nullable Pieces<O>> cutter, Drops drops) {
    super(source);
    this.cutter = cutter;
    this.drops = drops;
  }

  /**
   * A stage over {@code source} that makes the pieces of each unit that {@code cutter} names; with {@code null} the cutter has
   * released the unit and counted why.
   *
   * <p><b>Backpressure:</b> a piece for each requested; a unit is requested when its predecessor's pieces are used up.
   * <b>Buffer ownership:</b> the cutter owns the unit, the subscriber each piece; if the cutter throws, the stage releases the
   * unit. <b>Threading:</b> that of the source and of the requests, which are the same loop. <b>Cancellation:</b> passed up;
   * pieces that were not made are released.
   */
  public static <I extends Pdu, O extends Pdu> Flux<O> of(
      Flux<I> source, Function<? super I, ? extends @Nullable Pieces<O>> cutter, Drops drops) {
    return new Burst<>(source, cutter, drops);
  }

  @Override
  public void subscribe(CoreSubscriber<? super O> actual) {
    source.subscribe(new Cutting<>(actual, cutter, drops));
  }

  private static final class Cutting<I extends Pdu, O extends Pdu> implements CoreSubscriber<I>, Subscription {

    private final CoreSubscriber<? super O> actual;
    private final Function<? super I, ? extends @Nullable Pieces<O>> cutter;
    private final Drops drops;
    private @Nullable Subscription upstream;
    private @Nullable Pieces<O> pieces;
    private @Nullable Throwable failure;
    private long demand;
    /** Whether the next unit was asked for and has not come. */
    private boolean asked;
    private boolean completed;
    private boolean over;
    private boolean draining;

    Cutting(
        CoreSubscriber<? super O> actual, Function<? super I, ? extends @Nullable Pieces<O>> cutter, Drops drops) {
      this.actual = actual;
      this.cutter = cutter;
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
      demand = Operators.addCap(demand, n);
      drain();
    }

    @Override
    public void onNext(I unit) {
      asked = false;
      if (over) {
        unit.release();
        return;
      }
      try {
        pieces = cutter.apply(unit);
      } catch (Throwable e) {
        LOG.error("a unit could not be cut, and is lost", e);
        if (unit.payload().refCnt() > 0) {
          unit.release();
        }
        drops.fault(e);
      }
      drain();
    }

    /** Not re-entrant: what is asked for or comes meanwhile is seen to by the running loop. */
    private void drain() {
      if (draining) {
        return;
      }
      draining = true;
      try {
        while (demand > 0 && !over) {
          O piece = nextPiece();
          if (piece != null) {
            if (demand != Long.MAX_VALUE) {
              demand--;
            }
            actual.onNext(piece);
          } else if (completed || asked) {
            break;
          } else {
            asked = true;
            Objects.requireNonNull(upstream).request(1);
          }
        }
      } finally {
        draining = false;
      }
      if (completed && pieces == null && !over) {
        end();
      }
    }

    private @Nullable O nextPiece() {
      Pieces<O> current = pieces;
      if (current == null) {
        return null;
      }
      O piece = null;
      try {
        piece = current.next();
        if (piece == null) {
          pieces = null;
        }
      } catch (Throwable e) {
        // The rest of a unit without this piece is of no use to anybody.
        LOG.error("a piece of a unit could not be made, and the rest of the unit is lost", e);
        giveUpPieces();
        drops.fault(e);
      }
      return piece;
    }

    private void giveUpPieces() {
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
      giveUpPieces();
      Objects.requireNonNull(upstream).cancel();
    }
  }
}

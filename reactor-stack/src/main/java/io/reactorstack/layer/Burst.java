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
 * An operator that cuts each unit into several, such as a packet into fragments or a super-frame into segments. Pieces
 * are pulled: each is made when there is demand for it, and the next unit is requested when there is demand and no
 * piece of the last unit is left. So the operator holds at most one unit, and cuts none before the device has credit.
 *
 * @param <I> the incoming unit
 * @param <O> the outgoing unit
 */
public final class Burst<I extends Pdu, O extends Pdu> extends FluxOperator<I, O> {

  private static final Logger LOG = Loggers.getLogger(Burst.class);

  /**
   * The pieces of one unit. They own the unit, and release it when the last piece has been made.
   *
   * @param <O> the piece
   */
  public interface Pieces<O> {

    /** Makes the next piece, or returns {@code null} after the last. */
    @Nullable
    O next();

    /**
     * Discards the pieces that were not made, and releases the unit. Not called after {@link #next} has returned
     * {@code null}.
     */
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
   * Returns a stage over {@code source} that emits the pieces that {@code cutter} returns for each unit; if the cutter
   * returns {@code null}, it has released the unit and counted the reason.
   *
   * <p><b>Backpressure:</b> one piece for each requested; a unit is requested when all pieces of its predecessor have
   * been emitted. <b>Buffer ownership:</b> the cutter owns the unit, the subscriber each piece; if the cutter throws,
   * the stage releases the unit. <b>Threading:</b> the source and the requests use the same loop. <b>Cancellation:</b>
   * passed upstream; pieces that were not made are released.
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
    /** True if the next unit was requested and has not arrived. */
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
        LOG.error("a unit could not be cut; it is dropped", e);
        if (unit.payload().refCnt() > 0) {
          unit.release();
        }
        drops.fault(e);
      }
      drain();
    }

    /**
     * Emits pieces until demand or units run out. Not re-entrant: the running loop handles units and demand that arrive
     * meanwhile.
     */
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
        // The other pieces are useless without this one.
        LOG.error("a piece of a unit could not be made; the remaining pieces are dropped", e);
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

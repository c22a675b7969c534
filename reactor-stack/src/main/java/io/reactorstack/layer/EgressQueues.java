package io.reactorstack.layer;

import io.reactorstack.packet.Pdu;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The send queues of one sender whose packets are complete before the device can take them: one queue for each egress
 * in use. The sender bounds their size. A unit whose route has changed to another egress moves to the queue of that
 * egress.
 *
 * <p>Confined to the event loop.
 *
 * @param <T> the unit: a packet
 */
public final class EgressQueues<T extends Pdu> {

  private final Function<? super T, Egress<T>> egressOf;
  private final Consumer<? super T> onLeft;
  private final Map<Egress<T>, DeviceQueue> queues = new IdentityHashMap<>(2);
  private int size;
  private boolean closed;

  /**
   * Creates empty queues.
   *
   * @param egressOf returns the current egress of a unit
   * @param onLeft called with each unit that leaves a queue, before it is sent or released
   */
  public EgressQueues(Function<? super T, Egress<T>> egressOf, Consumer<? super T> onLeft) {
    this.egressOf = egressOf;
    this.onLeft = onLeft;
  }

  /**
   * Takes ownership of {@code unit} and sends it when its device has credit.
   *
   * @return {@code false} after {@link #close}: the unit was released
   */
  public boolean offer(T unit) {
    if (closed) {
      unit.release();
      return false;
    }
    queue(egressOf.apply(unit)).add(unit);
    size++;
    return true;
  }

  /** The number of units in all queues. */
  public int size() {
    return size;
  }

  /** The number of units that wait for the device of {@code egress}. */
  public int size(Egress<T> egress) {
    DeviceQueue queue = queues.get(egress);
    return queue == null ? 0 : queue.units.size();
  }

  /** Moves units whose egress has changed to the queue of their current egress; called after a change of routes. */
  public void follow() {
    if (size != 0) {
      for (DeviceQueue queue : new ArrayList<>(queues.values())) {
        queue.follow();
      }
    }
  }

  /**
   * Removes the queue of {@code egress}, whose device is gone, and passes its units to {@code lost}, which owns them.
   */
  public void remove(Egress<T> egress, Consumer<? super T> lost) {
    DeviceQueue queue = queues.remove(egress);
    if (queue != null) {
      queue.end(lost);
    }
  }

  /** Releases all waiting units and accepts no more. */
  public void close() {
    closed = true;
    List<DeviceQueue> all = new ArrayList<>(queues.values());
    queues.clear();
    all.forEach(queue -> queue.end(Pdu::release));
  }

  private DeviceQueue queue(Egress<T> egress) {
    DeviceQueue queue = queues.get(egress);
    if (queue == null) {
      queue = new DeviceQueue(egress);
      queues.put(egress, queue);
    }
    return queue;
  }

  private final class DeviceQueue {

    private final Egress<T> egress;
    private final Deque<T> units = new ArrayDeque<>();
    private final Egress.Outlet<T> outlet;

    DeviceQueue(Egress<T> egress) {
      this.egress = egress;
      this.outlet = egress.open(this::poll);
    }

    void add(T unit) {
      units.addLast(unit);
      outlet.ready();
    }

    private @Nullable T poll() {
      for (T unit = units.pollFirst(); unit != null; unit = units.pollFirst()) {
        if (hasStayed(unit)) {
          size--;
          onLeft.accept(unit);
          return unit;
        }
      }
      return null;
    }

    /**
     * Returns whether {@code unit} still belongs to this egress; if not, moves it to the queue of its current egress.
     */
    private boolean hasStayed(T unit) {
      Egress<T> now = egressOf.apply(unit);
      if (now == egress) {
        return true;
      }
      queue(now).add(unit);
      return false;
    }

    void follow() {
      units.removeIf(unit -> !hasStayed(unit));
    }

    void end(Consumer<? super T> heir) {
      outlet.close();
      for (T unit = units.pollFirst(); unit != null; unit = units.pollFirst()) {
        size--;
        onLeft.accept(unit);
        heir.accept(unit);
      }
    }
  }
}

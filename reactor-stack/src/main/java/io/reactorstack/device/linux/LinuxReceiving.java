package io.reactorstack.device.linux;

import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.polled.Receiving;
import reactor.core.CoreSubscriber;

/** The receiving direction of a Linux device. */
final class LinuxReceiving extends Receiving implements FrameIo.Sink {

  private final LinuxDevice device;
  private final ReadLimit limit = new ReadLimit(BATCH);
  private int budget;
  private int errno;

  LinuxReceiving(LinuxDevice device, CoreSubscriber<? super Frame> actual) {
    super(device, actual);
    this.device = device;
  }

  @Override
  protected void read() {
    int most = limit.frames();
    budget = most;
    errno = Math.max(0, -device.io().read(device.now(), this));
    limit.took(most - budget);
  }

  @Override
  public int room() {
    return (int) Math.min(demand(), budget);
  }

  @Override
  public void next(Frame frame) {
    budget--;
    emit(frame);
  }

  @Override
  public void dropped(DeviceDrop reason) {
    device.drops().count(reason);
    budget--;
  }

  @Override
  protected void goOn() {
    device.awaitReadable(demand() > 0);
    if (errno > 0) {
      int judged = errno;
      errno = 0;
      device.onError(judged);
    }
  }
}

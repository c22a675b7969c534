package io.reactorstack.device;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import java.util.function.BiFunction;

/**
 * A factory that opens devices without offload and wraps each in a decorator, which therefore meets only frames that fit
 * the MTU. They need the same kind of loop as the wrapped devices.
 *
 * @param device opens the wrapped device
 * @param decoration wraps the opened device; called on its loop
 */
record Decorated(NetworkDevice.Factory device, BiFunction<NetworkDevice, IoEventLoop, NetworkDevice> decoration)
    implements
      NetworkDevice.Factory {

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    NetworkDevice opened = device.withoutOffload().open(loop);
    try {
      return decoration.apply(opened, loop);
    } catch (Throwable e) {
      opened.dispose();
      throw e;
    }
  }

  @Override
  public IoEventLoopGroup newLoopGroup(String threadName) {
    return device.newLoopGroup(threadName);
  }
}

package io.reactorstack.device;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import java.util.function.BiFunction;

/**
 * What opens devices with something around them; they need the loops that the devices themselves need.
 *
 * @param device opens the device
 * @param decoration what is put around it on its loop
 */
record Decorated(NetworkDevice.Factory device, BiFunction<NetworkDevice, IoEventLoop, NetworkDevice> decoration)
    implements
      NetworkDevice.Factory {

  @Override
  public NetworkDevice open(IoEventLoop loop) {
    NetworkDevice opened = device.open(loop);
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

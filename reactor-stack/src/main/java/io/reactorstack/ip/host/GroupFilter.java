package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;

/**
 * The part below IP that decides which groups' frames an interface takes in; it is told of each group that the interface joins and
 * leaves. Called on the loop of the interface's device.
 */
public interface GroupFilter {

  /** The filter of a medium on which every packet comes in. */
  GroupFilter NONE = new GroupFilter() {
    @Override
    public void join(IpAddress group) {
      // Its packets come in anyway.
    }

    @Override
    public void leave(IpAddress group) {
      // Its packets come in all the same.
    }
  };

  /** Takes frames for {@code group} from now on. */
  void join(IpAddress group);

  /** Takes frames for {@code group} no more. */
  void leave(IpAddress group);
}

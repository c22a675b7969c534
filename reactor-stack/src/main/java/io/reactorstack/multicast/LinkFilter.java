package io.reactorstack.multicast;

import io.reactorstack.packet.IpAddress;

/** What decides below IP which groups' frames are taken in; told of each group once it has a listener, and when it has none. */
public interface LinkFilter {

  /** A medium on which every packet comes in. */
  LinkFilter NONE = new LinkFilter() {
    @Override
    public void join(IpAddress group) {}

    @Override
    public void leave(IpAddress group) {}
  };

  /** Takes frames for {@code group} from now on. */
  void join(IpAddress group);

  /** Takes them no more. */
  void leave(IpAddress group);
}

package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;

/**
 * The multicast filter of an interface's link layer. The interface notifies it of each group that it joins and leaves.
 * Called on the loop of the interface's device.
 */
public interface GroupFilter {

  /** The filter of a medium that delivers every packet. */
  GroupFilter NONE = new GroupFilter() {
    @Override
    public void join(IpAddress group) {
      // The medium delivers the group's packets anyway.
    }

    @Override
    public void leave(IpAddress group) {
      // The medium continues to deliver the group's packets.
    }
  };

  /** Accepts frames for {@code group}. */
  void join(IpAddress group);

  /** No longer accepts frames for {@code group}. */
  void leave(IpAddress group);
}

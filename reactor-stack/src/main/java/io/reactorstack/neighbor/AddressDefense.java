package io.reactorstack.neighbor;

import io.reactorstack.acd.ConflictReaction;
import io.reactorstack.packet.Ipv4Address;

/** The reaction of an interface to conflicts over its IPv4 addresses (RFC 5227 section 2.4). */
public interface AddressDefense {

  /** Defends every address always. */
  AddressDefense ALWAYS = new AddressDefense() {
    @Override
    public ConflictReaction reactionFor(Ipv4Address own) {
      return ConflictReaction.DEFEND_ALWAYS;
    }

    @Override
    public void onGivenUp(Ipv4Address own) {
      // Never called.
    }
  };

  /** Returns the reaction to a conflict over {@code own}, an address of the interface. */
  ConflictReaction reactionFor(Ipv4Address own);

  /**
   * Removes {@code own} from the interface, because another station uses it. Called in a turn, after the {@link
   * ConflictListener}, and perhaps several times.
   */
  void onGivenUp(Ipv4Address own);
}

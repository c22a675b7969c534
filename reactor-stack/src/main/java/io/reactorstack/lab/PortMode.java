package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.util.Collections;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The VLANs of a switch port, and the form of their frames on the port's wire (IEEE 802.1Q).
 *
 * <pre>{@code
 * PortMode.access(10)                      // one VLAN, without tags: for a host
 * PortMode.trunk(10, 20).withNative(30)    // VLANs 10 and 20 with tags, VLAN 30 without: between switches
 * }</pre>
 */
public sealed interface PortMode {

  /** The highest VLAN identifier; the lowest is 1. */
  int MAX_VLAN = 4094;

  /**
   * A trunk of all VLANs, of which VLAN 1 is native: tagged frames keep their tags, and untagged ones remain untagged.
   */
  Trunk ALL = new Trunk(Trunk.sorted(IntStream.rangeClosed(1, MAX_VLAN)), 1);

  /**
   * A port of one VLAN, whose frames have no tag on its wire. Received frames with the tag of a VLAN are dropped.
   *
   * @param vlan the VLAN, 1 to 4094
   */
  record Access(int vlan) implements PortMode {

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if the VLAN is out of range
     */
    public Access {
      checked("vlan", vlan);
    }

    @Override
    public String toString() {
      return "access " + vlan;
    }
  }

  /**
   * A port of several VLANs, whose frames have a tag on its wire, except those of the native VLAN.
   *
   * @param vlans the VLANs whose frames are tagged, each 1 to 4094; not modifiable
   * @param nativeVlan the VLAN whose frames are not tagged, 1 to 4094; 0 if there is none: received frames without a tag
   *     are dropped then
   */
  record Trunk(SortedSet<Integer> vlans, int nativeVlan) implements PortMode {

    /**
     * Copies the set and checks the ranges.
     *
     * @throws IllegalArgumentException if a VLAN is out of range
     */
    public Trunk {
      Checks.given("vlans", vlans).forEach(vlan -> checked("one of vlans", Checks.given("one of vlans", vlan)));
      vlans = Collections.unmodifiableSortedSet(new TreeSet<>(vlans));
      if (nativeVlan != 0) {
        checked("nativeVlan", nativeVlan);
      }
    }

    /**
     * Returns a copy with {@code vlan} as the native VLAN, whether or not it is one of {@link #vlans}.
     *
     * @throws IllegalArgumentException if it is not from 1 to 4094
     */
    public Trunk withNative(int vlan) {
      return new Trunk(vlans, checked("native", vlan));
    }

    /** Returns whether the port takes and sends frames of {@code vlan}. */
    public boolean carries(int vlan) {
      return vlan == nativeVlan || vlans.contains(vlan);
    }

    private static SortedSet<Integer> sorted(IntStream vlans) {
      return vlans.boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    /** Returns {@code trunk 10,20-29 native 1}. */
    @Override
    public String toString() {
      String tagged = vlans.size() == MAX_VLAN ? "all" : text(vlans);
      return "trunk" + (tagged.isEmpty() ? "" : " " + tagged) + (nativeVlan == 0 ? "" : " native " + nativeVlan);
    }

    private static String text(SortedSet<Integer> vlans) {
      StringJoiner ranges = new StringJoiner(",");
      int first = 0;
      for (int vlan : vlans) {
        first = vlans.contains(vlan - 1) ? first : vlan;
        if (!vlans.contains(vlan + 1)) {
          ranges.add(first == vlan ? String.valueOf(vlan) : first + "-" + vlan);
        }
      }
      return ranges.toString();
    }
  }

  /**
   * Returns a port of one VLAN without tags.
   *
   * @throws IllegalArgumentException if {@code vlan} is not from 1 to 4094
   */
  static Access access(int vlan) {
    return new Access(vlan);
  }

  /**
   * Returns a port of {@code vlans}, all with tags; {@link Trunk#withNative} adds one without.
   *
   * @throws IllegalArgumentException if one of them is not from 1 to 4094
   */
  static Trunk trunk(int... vlans) {
    return new Trunk(Trunk.sorted(IntStream.of(Checks.given("trunk vlans", vlans))), 0);
  }

  private static int checked(String name, int vlan) {
    return Checks.range(name, vlan, 1, MAX_VLAN, "(identifier of a VLAN)");
  }
}

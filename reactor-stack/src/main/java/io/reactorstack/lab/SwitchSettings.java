package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The settings of a {@link Switch}. Immutable: each method returns a changed copy.
 *
 * <pre>{@code
 * Switch lan = lab.newSwitch("lan", s -> s.withTableSize(64).withAddressesPerPort(8));
 * }</pre>
 *
 * @param tableSize the maximum number of addresses in the switch's table, of all VLANs together
 * @param ageingTime the time for which an address is remembered after it was last seen
 * @param addressesPerPort the maximum number of addresses in the table at one port; {@link Integer#MAX_VALUE} for no
 *     limit other than {@code tableSize}
 * @param portMode the VLANs of the ports for which nothing else is said
 */
public record SwitchSettings(int tableSize, Duration ageingTime, int addressesPerPort, PortMode portMode) {

  /**
   * 1024 addresses, each for 300 seconds (the ageing time that IEEE 802.1Q recommends), at any port; ports carry all
   * VLANs and leave tags as they are ({@link PortMode#ALL}).
   */
  public static final SwitchSettings DEFAULT = new SwitchSettings(
      1024, Duration.ofSeconds(300), Integer.MAX_VALUE, PortMode.ALL);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public SwitchSettings {
    Checks.positive("tableSize", tableSize, "addresses");
    Checks.positive("ageingTime", ageingTime);
    Checks.positive("addressesPerPort", addressesPerPort, "addresses");
    Checks.given("portMode", portMode);
  }

  /**
   * Sets the maximum number of addresses in the table; 1024 by default. A full table replaces only addresses that no
   * frame has been forwarded to; a new address that finds no place is not learnt, and frames to it are flooded.
   *
   * @param addresses at least 1
   * @throws IllegalArgumentException if the number is out of range
   */
  public SwitchSettings withTableSize(int addresses) {
    return new SwitchSettings(addresses, ageingTime, addressesPerPort, portMode);
  }

  /**
   * Sets the time for which an address is remembered after it was last seen; 300 seconds by default.
   *
   * @param time 1 ms to 365 d
   * @throws IllegalArgumentException if the time is out of range
   */
  public SwitchSettings withAgeingTime(Duration time) {
    return new SwitchSettings(tableSize, time, addressesPerPort, portMode);
  }

  /**
   * Limits the addresses that one port has in the table; without a limit by default. A port that has as many drops the
   * frames of further source addresses until one has aged, as the port security of real switches does.
   *
   * @param addresses at least 1
   * @throws IllegalArgumentException if the number is out of range
   */
  public SwitchSettings withAddressesPerPort(int addresses) {
    return new SwitchSettings(tableSize, ageingTime, addresses, portMode);
  }

  /** Sets the VLANs of the ports for which nothing else is said; {@link PortMode#ALL} by default. */
  public SwitchSettings withPortMode(PortMode mode) {
    return new SwitchSettings(tableSize, ageingTime, addressesPerPort, mode);
  }
}

package io.reactorstack.nat;

/**
 * The outside hosts whose packets pass to an inside endpoint that has a mapping (RFC 4787 section 5, RFC 5382 section
 * 4.3). Mappings themselves do not depend on the outside host.
 */
public enum NatFiltering {
  /** Each outside host may use the mapping. RFC 4787 REQ-8 recommends it if applications matter most. */
  ENDPOINT_INDEPENDENT,
  /**
   * The outside hosts to which the inside endpoint has sent, from any of their ports. RFC 4787 REQ-8 and RFC 5382 REQ-3
   * recommend it if security matters most.
   */
  ADDRESS_DEPENDENT,
  /** The outside endpoints to which the inside endpoint has sent. Stricter than the RFCs recommend. */
  ADDRESS_AND_PORT_DEPENDENT
}

package io.reactorstack.offload;

/**
 * The offsets of the fields that cutting and merging change, in octets from the beginning of their header, and the lengths
 * of the IP headers without options and extension headers.
 */
final class HeaderOffsets {

  static final int IPV4_HEADER = 20;
  static final int IPV4_LENGTH = 2;
  static final int IPV4_IDENTIFICATION = 4;
  static final int IPV4_FLAGS = 6;
  static final int IPV4_CHECKSUM = 10;
  /** Both addresses, one after the other. */
  static final int IPV4_ADDRESSES = 12;
  static final int IPV4_ADDRESSES_LENGTH = 8;

  static final int IPV6_HEADER = 40;
  static final int IPV6_LENGTH = 4;
  /** Both addresses, one after the other. */
  static final int IPV6_ADDRESSES = 8;
  static final int IPV6_ADDRESSES_LENGTH = 32;

  static final int TCP_SEQUENCE = 4;
  /** The word of 16 bits with the data offset and the flags. */
  static final int TCP_FLAGS_WORD = 12;
  /** The octet with the flags that every stack knows. */
  static final int TCP_FLAGS = 13;
  static final int TCP_CHECKSUM = 16;

  static final int UDP_LENGTH = 4;
  static final int UDP_CHECKSUM = 6;

  private HeaderOffsets() {}
}

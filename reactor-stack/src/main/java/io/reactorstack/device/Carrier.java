package io.reactorstack.device;

/** The carrier of a medium: whether it transports frames. */
public enum Carrier {
  /** The medium transports frames, as far as the device can detect. */
  UP,
  /** The cable is unplugged or the interface is down: frames are lost until the carrier returns. */
  DOWN
}

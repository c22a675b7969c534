package io.reactorstack.device;

/** Whether a medium carries frames. */
public enum Carrier {
  /** It does, as far as the device knows. */
  UP,
  /** A cable is unplugged, an interface switched off: frames are lost until it comes back, which it may. */
  DOWN
}

package io.reactorstack.udp;

/**
 * The bounds of a UDP socket's queues.
 *
 * @param receiveBytes most bytes received and not read; more than 0
 * @param receiveDatagrams most datagrams received and not read; more than 0
 * @param sendBytes most bytes that wait for the device; more than 0
 * @param sendDatagrams most datagrams that wait for the device; more than 0
 */
public record UdpSettings(int receiveBytes, int receiveDatagrams, int sendBytes, int sendDatagrams) {

  /** 256 KiB each way, in at most 512 datagrams. */
  public static final UdpSettings DEFAULT = new UdpSettings(256 * 1024, 512, 256 * 1024, 512);

  /** Checks the ranges. */
  public UdpSettings {
    if (receiveBytes < 1 || receiveDatagrams < 1 || sendBytes < 1 || sendDatagrams < 1) {
      throw new IllegalArgumentException("a queue without room");
    }
  }
}

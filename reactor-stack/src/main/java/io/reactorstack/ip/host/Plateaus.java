package io.reactorstack.ip.host;

/** The path MTUs that are common in practice, for routers that report none (RFC 1191 section 7.1). */
public final class Plateaus {

  private static final int[] TABLE = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

  private Plateaus() {}

  /**
   * Returns the next lower path MTU after a packet of {@code totalLength} bytes did not pass.
   *
   * @param totalLength the total length in the quoted header, in bytes
   * @param headerLength the length of the quoted header, in bytes
   * @param estimate the current path MTU, in bytes
   */
  public static int below(int totalLength, int headerLength, int estimate) {
    // RFC 1191 5: some old routers add the header length to the total length once more.
    int length = totalLength >= estimate ? totalLength - headerLength : totalLength;
    for (int plateau : TABLE) {
      if (plateau < length) {
        return plateau;
      }
    }
    return TABLE[TABLE.length - 1];
  }
}

package io.reactorstack.ip.host;

/** The path MTUs that are found in practice, for routers that report none (RFC 1191 section 7.1). */
public final class Plateaus {

  private static final int[] TABLE = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

  private Plateaus() {}

  /**
   * The packet length that probably passes where a packet of {@code totalLength} bytes did not.
   *
   * @param totalLength the length that the quoted header tells
   * @param headerLength bytes of the quoted header
   * @param estimate the path MTU as it is known
   */
  public static int below(int totalLength, int headerLength, int estimate) {
    // RFC 1191 5: some old routers add the header's length once more.
    int length = totalLength >= estimate ? totalLength - headerLength : totalLength;
    for (int plateau : TABLE) {
      if (plateau < length) {
        return plateau;
      }
    }
    return TABLE[TABLE.length - 1];
  }
}

package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerCookiesTest {

  private static final IpAddress CLIENT = IpAddress.parse("198.51.100.100");
  private static final byte[] COOKIE = HexFormat.of().parseHex("2464c4abcf10c957");

  private long now = 1_000_000;
  private final ServerCookies cookies = cookies("e5e973e5a6b2a43f48e7dc849e37bfcf");

  private ServerCookies cookies(String secret) {
    ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(secret)).order(ByteOrder.LITTLE_ENDIAN);
    return new ServerCookies(words::getLong, () -> now);
  }

  @ParameterizedTest
  @CsvSource({
      // The examples of RFC 9018 appendix A; those of A.3 and A.4 answer a cookie that is too old.
      "e5e973e5a6b2a43f48e7dc849e37bfcf, 198.51.100.100, 2464c4abcf10c957, 1559731985, '',"
          + " 010000005cf79f111f8130c3eee29480",
      "e5e973e5a6b2a43f48e7dc849e37bfcf, 198.51.100.100, 2464c4abcf10c957, 1559734385,"
          + " 010000005cf79f111f8130c3eee29480, 010000005cf7a871d4a564a1442aca77",
      "e5e973e5a6b2a43f48e7dc849e37bfcf, 203.0.113.203, fc93fc62807ddb86, 1559734700,"
          + " 01abcdef5cf78f71a314227b6679ebf5, 010000005cf7a9acf73a7810aca2381e",
      "445536bcd2513298075a5d379663c962, 2001:db8:220:1:59de:d0f4:8769:82b8, 22681ab97d52c298, 1559741961,"
          + " 010000005cf7c57926556bd0934c72f8, 010000005cf7c609a6bb79d16625507a"})
  void agreesWithTheExamplesOfRfc9018(String secret, String client, String clientCookie, long time, String before,
      String expected) {
    ServerCookies example = cookies(secret);
    now = time;
    byte[] asked = HexFormat.of().parseHex(clientCookie);
    IpAddress from = IpAddress.parse(client);
    byte[] answer = before.isEmpty()
        ? example.fresh(asked, from)
        : example.renewed(asked, HexFormat.of().parseHex(before), from);
    assertThat(HexFormat.of().formatHex(answer)).isEqualTo(expected);
  }

  @Test
  void theReservedOctetsArePartOfTheHash() {
    ServerCookies example = cookies("e5e973e5a6b2a43f48e7dc849e37bfcf");
    now = 0x5cf78f71L + 10;
    byte[] asked = HexFormat.of().parseHex("fc93fc62807ddb86");
    byte[] cookie = HexFormat.of().parseHex("01abcdef5cf78f71a314227b6679ebf5");
    assertThat(example.isValid(asked, cookie, IpAddress.parse("203.0.113.203"))).isTrue();
    cookie[1] ^= 1;
    assertThat(example.isValid(asked, cookie, IpAddress.parse("203.0.113.203"))).isFalse();
  }

  @Test
  void aCookieIsKeptForHalfAnHourAndValidForAnHour() {
    byte[] cookie = cookies.fresh(COOKIE, CLIENT);
    now += 1800;
    assertThat(cookies.renewed(COOKIE, cookie, CLIENT)).isEqualTo(cookie);
    now += 1;
    assertThat(cookies.renewed(COOKIE, cookie, CLIENT)).isEqualTo(cookies.fresh(COOKIE, CLIENT)).isNotEqualTo(cookie);
    assertThat(cookies.isValid(COOKIE, cookie, CLIENT)).isTrue();
    now += 1799;
    assertThat(cookies.isValid(COOKIE, cookie, CLIENT)).isTrue();
    now += 1;
    assertThat(cookies.isValid(COOKIE, cookie, CLIENT)).isFalse();
    now -= 3601 + 300;
    assertThat(cookies.isValid(COOKIE, cookie, CLIENT)).as("five minutes ahead").isTrue();
    now -= 1;
    assertThat(cookies.isValid(COOKIE, cookie, CLIENT)).isFalse();
  }

  @Test
  void theTimeWrapsAround() {
    now = 0xffff_fff0L;
    byte[] cookie = cookies.fresh(COOKIE, CLIENT);
    now = 0x1_0000_0010L;
    assertThat(cookies.isValid(COOKIE, cookie, CLIENT)).isTrue();
  }

  @Test
  void aCookieIsValidForItsClientOnly() {
    byte[] cookie = cookies.fresh(COOKIE, CLIENT);
    assertThat(cookies.isValid(COOKIE, cookie, IpAddress.parse("198.51.100.101"))).isFalse();
    assertThat(cookies.isValid(HexFormat.of().parseHex("2464c4abcf10c958"), cookie, CLIENT)).isFalse();
    assertThat(cookies("00000000000000000000000000000000").isValid(COOKIE, cookie, CLIENT)).isFalse();
    for (int bit = 0; bit < 8 * cookie.length; bit++) {
      byte[] changed = cookie.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(cookies.isValid(COOKIE, changed, CLIENT)).as("bit %s", bit).isFalse();
    }
    assertThat(cookies.isValid(COOKIE, new byte[8], CLIENT)).as("a cookie of other software").isFalse();
    assertThat(cookies.isValid(COOKIE, new byte[32], CLIENT)).isFalse();
  }
}

package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Details;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Flag;
import io.reactorstack.dns.outcome.DnsStep.Goal;
import io.reactorstack.dns.outcome.DnsStep.Question;
import io.reactorstack.dns.outcome.DnsStep.Response;
import io.reactorstack.dns.outcome.DnsStep.Result;
import io.reactorstack.dns.outcome.DnsStep.Server;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests the text of messages that no server of the lab sends. */
class DigTextTest {

  @Test
  void printsAllFlagsAndTheErrorsOfTheServer() {
    Question question = new Question("www.example.test", RecordType.A);
    Response response = new Response("SERVFAIL", EnumSet.allOf(Flag.class), false, 100, List.of());
    DnsStep step = new DnsStep(new Server(".", "", new Endpoint(IpAddress.parse("10.0.0.53"), 53)), question,
        new Goal(question, Optional.empty()), Duration.ZERO, Duration.ofMillis(7), Result.ERROR, "SERVFAIL",
        Optional.of(response));
    DigResult result = DigResult.of(question, new DnsException("www.example.test", Reason.SERVER_FAILURE,
        new Details(List.of(), null,
            List.of(new ExtendedError(22, "at delegation example.test"), new ExtendedError(19, ""),
                new ExtendedError(32, ""), new ExtendedError(49999, "")),
            new DnsPath(List.of(step), Duration.ofMillis(7)))));
    assertThat(DigText.message(result, step, response)).containsExactly(
        ";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL",
        ";; flags: qr aa tc rd ra ad cd; QUERY: 1, ANSWER: 0, AUTHORITY: 0",
        "",
        ";; OPT PSEUDOSECTION:",
        "; EDE: 22 (No Reachable Authority): (at delegation example.test)",
        "; EDE: 19 (Stale NXDOMAIN Answer)",
        "; EDE: 32 (Over Quota)",
        "; EDE: 49999",
        "",
        ";; QUESTION SECTION:",
        ";www.example.test.    IN  A",
        "");
  }
}

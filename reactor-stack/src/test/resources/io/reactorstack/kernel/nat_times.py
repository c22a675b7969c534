"""Probes of timeouts."""

from nat_probing import *

# ---- time


def udp_exchange(p):
    client, server = inside.udp(INSIDE, p), outside.udp(SERVER, p + 1)
    ask(client, (SERVER, p + 1))
    return client, server, server.recvfrom(99)[1]


def still_mapped(p, mapped):
    return passed(inbound(udp((SERVER, p + 1), mapped), to_port(p)))


@probe("UDP: answer before and after the timeout", idles=True)
def udp_timeout(p):
    client, server, mapped = udp_exchange(p)
    idle(0.7, "udp")
    early = still_mapped(p, mapped)
    idle(1.2, "udp")
    return early + ", " + still_mapped(p, mapped)


@probe("UDP: mapping refreshed from inside", idles=True)
def udp_refresh_from_inside(p):
    client, server, mapped = udp_exchange(p)
    idle(0.7, "udp")
    ask(client, (SERVER, p + 1))
    idle(0.7, "udp")
    return still_mapped(p, mapped)


@probe("UDP: mapping refreshed from outside", idles=True)
def udp_refresh_from_outside(p):
    client, server, mapped = udp_exchange(p)
    idle(0.7, "udp")
    still_mapped(p, mapped)
    idle(0.7, "udp")
    return still_mapped(p, mapped)


@probe("UDP: mapping not refreshed by a dropped datagram", idles=True)
def udp_no_refresh(p):
    client, server, mapped = udp_exchange(p)
    idle(0.7, "udp")
    inbound(udp((SERVER_2, p + 1), mapped), to_port(p))
    idle(0.7, "udp")
    return still_mapped(p, mapped)


@probe("UDP: mapping not refreshed by an ICMP error", idles=True)
def udp_no_refresh_by_error(p):
    client, server, mapped = udp_exchange(p)
    idle(0.7, "udp")
    seen = inbound(error(SERVER, ROUTER, udp(mapped, (SERVER, p + 1))), lambda q: is_error_about(q, p))
    idle(0.7, "udp")
    return "error %s, answer %s" % (passed(seen), still_mapped(p, mapped))


@probe("ICMP: reply before and after the timeout", idles=True)
def icmp_timeout(p):
    seen = outbound(echo(RAW_INSIDE, RAW_SERVER, p), is_echo(p))
    answer = lambda: passed(inbound(reply(RAW_SERVER, ROUTER, seen[ICMP].id), is_reply(p)))
    idle(0.7, "icmp")
    early = answer()
    idle(1.2, "icmp")
    return early + ", " + answer()


def unanswered(host, packet, port):
    """Returns the error when the router has asked for a link address in vain."""
    with host.wire() as back:
        host.send(packet)
        for _ in range(4):
            idle(0.1, "neighbor")
        return told(back.await_(lambda q: is_error_about(q, port)))


@probe("UDP: to a missing neighbor on the outside link", idles=True)
def missing_neighbor(p):
    return unanswered(inside, udp((RAW_INSIDE, p), ("192.0.2.77", p + 1)), p)


@probe("UDP: to a forwarded port whose host is missing", idles=True)
def missing_forwarded(p):
    return unanswered(outside, udp((RAW_SERVER, p), (ROUTER, 8056)), p)


@probe("TCP: SYN-ACK before the opening timeout", idles=True)
def early_syn_ack(p):
    connection = Connection(p)
    connection.send("S")
    idle(0.7, "opening")
    return passed(connection.answer("SA"))


@probe("TCP: SYN-ACK after the opening timeout", idles=True)
def late_syn_ack(p):
    connection = Connection(p)
    connection.send("S")
    idle(1.2, "opening")
    return passed(connection.answer("SA"))


@probe("TCP: open connection after the opening timeout", idles=True)
def outlives_opening(p):
    connection = Connection(p)
    state = connection.opened()
    idle(1.2, "opening")
    return "%s, %s" % (state, passed(connection.answer("A", b"data")))


@probe("TCP: half-closed connection after the closing timeout", idles=True)
def half_closed(p):
    connection = Connection(p)
    steps = [connection.opened(), passed(connection.send("FA")), passed(connection.answer("A"))]
    idle(1.2, "closing")
    return " ".join(steps + [passed(connection.answer("A", b"data"))])


@probe("TCP: after FIN of both ends and the closing timeout", idles=True)
def closed(p):
    connection = Connection(p)
    steps = [connection.opened(), passed(connection.send("FA")), passed(connection.answer("FA")),
        passed(connection.send("A"))]
    idle(1.2, "closing")
    return " ".join(steps + [passed(connection.answer("A"))])


@probe("TCP: after RST of the server and the closing timeout", idles=True)
def reset_ends(p):
    connection = Connection(p)
    steps = [connection.opened(), passed(connection.answer("R"))]
    idle(1.2, "closing")
    return " ".join(steps + [passed(connection.answer("A", b"data"))])

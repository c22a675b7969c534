"""Probes of TCP connections, of the fields of headers, and of fragments."""

from scapy.layers.inet import IPOption_LSRR, IPOption_RR

from nat_probing import *

# ---- TCP


@probe("TCP: options, window, urgent pointer and reserved bits")
def tcp_fields(p):
    options = [("MSS", 1234), ("SAckOK", b""), ("Timestamp", (7, 0)), ("NOP", None), ("WScale", 9), (253, b"ab")]
    fields = dict(options=options, window=4321, urgptr=99, seq=77)
    segment = tcp((RAW_INSIDE, p), (RAW_SERVER, p + 1), "SEC", **fields)
    seen = outbound(segment, to_port(p + 1, TCP))
    same = bytes(seen[TCP])[4:16] == bytes(IP(bytes(segment))[TCP])[4:16] and seen[TCP].options == \
        IP(bytes(segment))[TCP].options and seen[TCP].urgptr == 99
    return "%s, %s" % ("the same" if same else "changed", "right checksum" if good(seen) else "wrong checksum")


@probe("TCP: simultaneous open")
def simultaneous_open(p):
    connection = Connection(p)
    connection.send("S")
    return " ".join(passed(each) for each in (connection.answer("S"), connection.send("SA", ), connection.answer("A")))


@probe("TCP: ACK from inside without a connection")
def picked_up(p):
    connection = Connection(p)
    return "%s, answer %s" % (passed(connection.send("A", b"data")), passed(connection.answer("A")))


@probe("TCP: ACK from outside without a connection")
def not_picked_up(p):
    return passed(inbound(tcp((RAW_SERVER, p), (ROUTER, p + 1), "A", seq=1, ack=1), to_port(p + 1, TCP)))


@probe("TCP: SYN-ACK from outside without a connection")
def strange_syn_ack(p):
    return passed(inbound(tcp((RAW_SERVER, p), (ROUTER, p + 1), "SA", seq=1, ack=1), to_port(p + 1, TCP)))


@probe("TCP: FIN and RST from inside without a connection, segment without flags")
def without_connection(p):
    return " ".join(passed(outbound(tcp((RAW_INSIDE, p + i), (RAW_SERVER, p + 1), flags, seq=1,
        ack=1 if "A" in flags else 0), to_port(p + 1, TCP))) for i, flags in enumerate(("FA", "R", "")))


@probe("TCP: RST of the server at the socket")
def reset(p):
    with outside.listen(SERVER, p + 1) as listener, inside.connect((INSIDE, p), (SERVER, p + 1)) as client:
        accepted = listener.accept()[0]
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        try:
            return "received %d" % len(client.recv(9))
        except OSError as failure:
            return failure.strerror


@probe("TCP: RST far outside of the window")
def blind_reset(p):
    connection = Connection(p)
    return connection.opened() + ", " + passed(connection.answer("R", ahead=1 << 30))


@probe("TCP: segment with a wrong checksum")
def damaged_segment(p):
    connection = Connection(p)
    state = connection.opened()
    seen = connection.answer("A", b"data", chksum=1)
    return "%s, %s" % (state, passed(seen) if seen is None else "passes" + (", mended" if good(seen) else ", damaged"))


@probe("TCP: data after FIN of both ends")
def late_data(p):
    connection = Connection(p)
    steps = [connection.opened(), passed(connection.send("FA")), passed(connection.answer("FA")),
        passed(connection.send("A")), passed(connection.answer("A"))]
    return " ".join(steps)


@probe("TCP: new connection with the ports of a closed one")
def reopened(p):
    connection = Connection(p)
    first = connection.opened()
    for step in (connection.send, connection.answer):
        step("FA")
    connection.send("A")
    mapped, connection.sent, connection.answered = connection.mapped, 500_000, 700_000
    return "%s, %s again%s" % (first, connection.opened(), ", same port" if connection.mapped == mapped else "")


# ---- fields of the IP header


def headers(seen, **expected):
    wrong = ["%s %s" % (name, getattr(seen, name)) for name, value in expected.items()
        if getattr(seen, name) != value]
    return ", ".join(wrong) if wrong else "as expected"


@probe("IP: DSCP, ECN, DF and TTL outward")
def header_outward(p):
    seen = outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1), tos=0xb9, ttl=33, flags="DF", id=77), to_port(p + 1))
    return headers(seen, tos=0xb9, ttl=32, flags=2, id=77) + (", right checksum" if good(seen) else "")


@probe("IP: DSCP, ECN, DF and TTL inward")
def header_inward(p):
    mapped = outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1)), to_port(p + 1))[UDP].sport
    seen = inbound(udp((RAW_SERVER, p + 1), (ROUTER, mapped), tos=0xb9, ttl=33, flags="DF", id=77), to_port(p))
    return headers(seen, tos=0xb9, ttl=32, flags=2, id=77) + (", right checksum" if good(seen) else "")


@probe("IP: identification without DF")
def identification(p):
    seen = [outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1), id=4000 + i), to_port(p + 1)).id for i in range(2)]
    return "kept" if seen == [4000, 4001] else "changed"


@probe("IP: recorded route")
def recorded_route(p):
    seen = outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1),
        options=[IPOption_RR(pointer=4, routers=["0.0.0.0"] * 3)]), to_port(p + 1))
    return "dropped" if seen is None else " ".join(map(str, seen.options[0].routers))


@probe("IP: loose source route")
def source_route(p):
    return passed(outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1),
        options=[IPOption_LSRR(pointer=4, routers=["192.0.2.11"])]), to_port(p + 1)))


@probe("UDP: checksum that becomes zero")
def zero_checksum(p):
    # Data that completes the sum of the translated datagram: its checksum is 0, which is sent as 65535 (RFC 768).
    rest = IP(bytes(udp((ROUTER, p), (RAW_SERVER, p + 1), b"\0\0")))[UDP].chksum
    seen = outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1), struct.pack("!H", rest)), to_port(p + 1))
    return "checksum %d" % seen[UDP].chksum


@probe("UDP: checksum zero")
def no_checksum(p):
    packet = udp((RAW_INSIDE, p), (RAW_SERVER, p + 1))
    packet[UDP].chksum = 0
    return "checksum %d" % outbound(packet, to_port(p + 1))[UDP].chksum


# ---- fragments


@probe("UDP: long datagram and answer")
def long_datagram(p):
    with inside.udp(INSIDE, p) as client, outside.udp(SERVER, p + 1) as server:
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
        ask(client, (SERVER, p + 1), b"a" * 9000)
        data, origin = server.recvfrom(9999)
        server.sendto(b"b" * 9000, origin)
        return "%d out, %d in" % (len(data), len(client.recvfrom(9999)[0]))


@probe("ICMP: long echo")
def long_echo(p):
    data = b"e" * 5000
    with inside.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as ping:
        ping.bind((INSIDE, 0))
        ping.sendto(bytes(ICMP(type=8, id=p, seq=1) / data), (SERVER, 0))
        while True:
            reply = IP(ping.recv(9999))
            if ICMP in reply and reply[ICMP].type == 0 and reply[ICMP].id == p:
                return "%d octets" % (reply.len - 28)


@probe("ICMP: long echo from outside to the router")
def long_echo_to_router(p):
    with outside.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as ping:
        ping.bind((SERVER_2, 0))
        ping.sendto(bytes(ICMP(type=8, id=p, seq=1) / (b"e" * 5000)), (ROUTER, 0))
        while True:
            reply = IP(ping.recv(9999))
            if ICMP in reply and reply[ICMP].type == 0 and reply[ICMP].id == p:
                return "%d octets" % (reply.len - 28)


@probe("ICMP: fragments of an echo to the router, in the wrong order")
def disordered_echo_to_router(p):
    with outside.wire() as back:
        for piece in reversed(pieces(echo(RAW_SERVER, ROUTER, p) / (b"e" * 2000), 800)):
            outside.send(piece)
        return "no reply" if back.await_(lambda q: q.src == ROUTER and q.proto == 1 and q.frag == 0) is None else "reply"


def long_served(sender, address, p):
    """Sends a datagram to a forwarded port in fragments, in the wrong order."""
    sent = pieces(udp((address, p), (ROUTER, 8053), b"f" * 2000, id=p), 800)
    with inside.udp(INSIDE_2, 53) as server:
        for piece in reversed(sent):
            sender.send(piece)
        data, origin = server.recvfrom(9999)
        return "%d octets from %s" % (len(data), source(origin, p))


@probe("UDP: fragments to a forwarded port, from outside")
def long_forwarded(p):
    return long_served(outside, RAW_SERVER, p)


@probe("UDP: fragments to a forwarded port, from inside")
def long_hairpin(p):
    return long_served(inside, RAW_INSIDE, p)


@probe("UDP: fragments in the wrong order")
def disordered(p):
    sent = pieces(udp((RAW_INSIDE, p), (SERVER, p + 1), b"f" * 2000, id=p), 800)
    with outside.udp(SERVER, p + 1) as server, inside.udp(INSIDE, 0) as follower:
        for piece in reversed(sent):
            inside.send(piece)
        data, origin = server.recvfrom(9999)
        return "%d octets from %s" % (len(data), source(origin, p))


@probe("UDP: fragments of two hosts with one identification")
def mixed_fragments(p):
    one = pieces(udp((RAW_INSIDE, p), (SERVER, p + 1), b"1" * 2000, id=p), 800)
    two = pieces(udp((RAW_INSIDE_2, p + 2), (SERVER, p + 1), b"2" * 2000, id=p), 800)
    with outside.udp(SERVER, p + 1) as server:
        for pair in zip(one, two):
            for piece in pair:
                inside.send(piece)
        received = sorted((origin[1] - p, set(data.decode()), len(data)) for data, origin in (
            server.recvfrom(9999) for _ in range(2)))
        return "each whole" if received == [(0, {"1"}, 2000), (2, {"2"}, 2000)] else str(received)


@probe("UDP: later fragment without the first one")
def headless(p):
    sent = pieces(udp((RAW_SERVER, p), (ROUTER, 8055), b"f" * 2000, id=p), 800)
    return passed(inbound(sent[1], lambda q: q.frag > 0 and q.src == RAW_SERVER))

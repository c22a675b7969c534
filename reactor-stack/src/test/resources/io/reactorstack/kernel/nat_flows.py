"""Probes of mappings, filtering, forwarded ports and hairpinning."""

from nat_probing import *

# ---- mapping


@probe("UDP: source at the server")
def udp_source(p):
    with inside.udp(INSIDE, p) as client, outside.udp(SERVER, p + 1) as server:
        ask(client, (SERVER, p + 1))
        return source(server.recvfrom(99)[1], p)


@probe("TCP: source at the server")
def tcp_source(p):
    with outside.listen(SERVER, p + 1) as listener, inside.connect((INSIDE, p), (SERVER, p + 1)):
        with listener.accept()[0] as accepted:
            return source(accepted.getpeername(), p)


@probe("UDP: mapping to two ports and two addresses")
def udp_mapping(p):
    with inside.udp(INSIDE, p) as client:
        seen = set()
        for address, port in ((SERVER, p + 1), (SERVER, p + 2), (SERVER_2, p + 1)):
            with outside.udp(address, port) as server:
                ask(client, (address, port))
                seen.add(server.recvfrom(99)[1])
        return "one" if len(seen) == 1 else "several"


@probe("UDP: two inside hosts with one port to one server")
def udp_collision(p):
    with inside.udp(INSIDE, p) as one, inside.udp(INSIDE_2, p) as two, outside.udp(SERVER, p + 1) as server:
        sources = []
        for client in (one, two):
            ask(client, (SERVER, p + 1))
            origin = server.recvfrom(99)[1]
            sources.append(source(origin, p))
            server.sendto(b"answer", origin)
            client.recvfrom(99)
        return "; ".join(sources)


@probe("UDP: two inside hosts with one port to two servers")
def udp_collision_elsewhere(p):
    with inside.udp(INSIDE, p) as one, inside.udp(INSIDE_2, p) as two, outside.udp(SERVER, p + 1) as server, \
            outside.udp(SERVER_2, p + 1) as other:
        ask(one, (SERVER, p + 1))
        ask(two, (SERVER_2, p + 1))
        return "; ".join(source(each.recvfrom(99)[1], p) for each in (server, other))


@probe("UDP: mapping to two servers after a collision")
def udp_mapping_after_collision(p):
    with inside.udp(INSIDE, p) as one, inside.udp(INSIDE_2, p) as two, outside.udp(SERVER, p + 1) as server, \
            outside.udp(SERVER_2, p + 1) as other:
        ask(one, (SERVER, p + 1))
        server.recvfrom(99)
        ask(two, (SERVER, p + 1))
        ask(two, (SERVER_2, p + 1))
        return "one" if server.recvfrom(99)[1][1] == other.recvfrom(99)[1][1] else "several"


@probe("UDP: parity of 16 other ports")
def udp_parity(p):
    kept = 0
    with outside.udp(SERVER, p + 19) as server:
        for port in range(p, p + 16):
            with inside.udp(INSIDE, port) as one, inside.udp(INSIDE_2, port) as two:
                ask(one, (SERVER, p + 19))
                server.recvfrom(99)
                ask(two, (SERVER, p + 19))
                kept += (server.recvfrom(99)[1][1] - port) % 2 == 0
    return "kept" if kept == 16 else "not kept"


@probe("UDP: other port for a well-known port")
def udp_well_known(p):
    well_known = 600 + p % 300
    with inside.udp(INSIDE, well_known) as one, inside.udp(INSIDE_2, well_known) as two, \
            outside.udp(SERVER, p) as server:
        ask(one, (SERVER, p))
        server.recvfrom(99)
        ask(two, (SERVER, p))
        return "well-known" if server.recvfrom(99)[1][1] < 1024 else "not well-known"


@probe("TCP: two inside hosts with one port to one server")
def tcp_collision(p):
    with outside.listen(SERVER, p + 1) as listener, inside.connect((INSIDE, p), (SERVER, p + 1)):
        with listener.accept()[0] as one, inside.connect((INSIDE_2, p), (SERVER, p + 1)) as client:
            with listener.accept()[0] as two:
                two.sendall(b"two")
                return "; ".join([source(one.getpeername(), p), source(two.getpeername(), p), client.recv(9).decode()])


@probe("ICMP: echoes of two inside hosts with one identifier")
def echo_collision(p):
    with inside.wire() as answers, outside.wire() as requests:
        for host in (RAW_INSIDE, RAW_INSIDE_2):
            inside.send(echo(host, SERVER, p) / host)
        seen = [requests.await_(is_echo(p))[ICMP].id for _ in range(2)]
        replies = [answers.await_(is_reply(p)) for _ in seen]
        own = all(each is not None and each.dst.encode() in bytes(each) and good(each) for each in replies)
        return "%s; %s" % (
            "first one kept, second one changed" if seen[0] == p != seen[1] else seen,
            "each gets its own reply" if own else "replies lost")


@probe("ICMP: timestamp request")
def timestamp(p):
    with inside.wire() as answers:
        inside.send(IP(src=RAW_INSIDE, dst=SERVER) / ICMP(type=13, id=p, seq=1))
        seen = answers.await_(lambda q: ICMP in q and q[ICMP].type == 14 and q[ICMP].id == p)
        return "no reply" if seen is None else "reply to " + seen.dst


@probe("ICMP: address mask request")
def address_mask(p):
    return passed(outbound(IP(src=RAW_INSIDE, dst=RAW_SERVER) / ICMP(type=17, id=p, seq=1),
        lambda q: ICMP in q and q[ICMP].type == 17))


@probe("ICMP: echoes with one identifier to two servers")
def echo_mapping(p):
    return "one" if len(set(outbound(echo(RAW_INSIDE, server, p), is_echo(p))[ICMP].id
        for server in (RAW_SERVER, RAW_SERVER_2))) == 1 else "several"


@probe("UDP: source port 0")
def port_zero(p):
    return passed(outbound(udp((RAW_INSIDE, 0), (RAW_SERVER, p + 1)), to_port(p + 1)))


@probe("protocol 253")
def other_protocol(p):
    with inside.wire() as errors:
        packet = IP(src=RAW_INSIDE, dst=RAW_SERVER, proto=253, id=p) / b"experiment"
        seen = outbound(packet, lambda q: q.proto == 253)
        if seen is not None:
            return "passes from " + seen.src
        return told(errors.await_(lambda q: ICMP in q and q[ICMP].type == 3 and quote(q).proto == 253))


# ---- filtering


def answered_from(p, address, port):
    with inside.udp(INSIDE, p) as client, outside.udp(SERVER, p + 1) as server, outside.udp(address, port) as stranger:
        ask(client, (SERVER, p + 1))
        mapped = server.recvfrom(99)[1]
        stranger.sendto(b"passes", mapped)
        server.sendto(b"dropped", mapped)
        return client.recvfrom(99)[0].decode()


@probe("UDP: answer from another port of the server")
def other_port(p):
    return answered_from(p, SERVER, p + 2)


@probe("UDP: answer from another address")
def other_address(p):
    return answered_from(p, SERVER_2, p + 1)


@probe("UDP: datagram to a port without mapping")
def unsolicited_udp(p):
    with outside.wire() as back:
        seen = inbound(udp((RAW_SERVER, p), (ROUTER, p + 1)), to_port(p + 1))
        return passed(seen) + ", " + told(back.await_(lambda q: is_error_about(q, p), LINGER))


@probe("TCP: SYN to a port without mapping")
def unsolicited_syn(p):
    with outside.wire() as back:
        seen = inbound(tcp((RAW_SERVER, p), (ROUTER, p + 1), "S"), to_port(p + 1, TCP))
        answer = back.await_(lambda q: is_error_about(q, p) or to_port(p, TCP)(q), LINGER)
        return passed(seen) + ", " + ("no answer" if answer is None else "answer")


@probe("TCP: SYN of a stranger to the port of a connection")
def strange_syn(p):
    connection = Connection(p)
    return connection.opened() + ", " + passed(
        inbound(tcp((RAW_SERVER_2, p + 2), (ROUTER, connection.mapped), "S"), to_port(p, TCP)))


@probe("ICMP: echo to the router's outside address")
def echo_to_router(p):
    with outside.wire() as back:
        outside.send(echo(RAW_SERVER, ROUTER, p))
        seen = back.await_(is_reply(p))
        return "no reply" if seen is None else "reply from %s" % seen.src


@probe("ICMP: echo from inside to the router's outside address")
def echo_to_router_from_inside(p):
    with inside.wire() as back:
        inside.send(echo(RAW_INSIDE, ROUTER, p))
        seen = back.await_(is_reply(p))
        return "no reply" if seen is None else "reply from %s" % seen.src


@probe("UDP: from inside to the router's outside address, port without mapping")
def unmapped_udp_from_inside(p):
    with inside.wire() as back:
        inside.send(udp((RAW_INSIDE, p), (ROUTER, p + 1)))
        return told(back.await_(lambda q: is_error_about(q, p), 1))


@probe("TCP: from inside to the router's outside address, port without mapping")
def unmapped_syn_from_inside(p):
    with inside.wire() as back:
        inside.send(tcp((RAW_INSIDE, p), (ROUTER, p + 1), "S"))
        seen = back.await_(lambda q: is_error_about(q, p) or to_port(p, TCP)(q), 1)
        return told(seen) if seen is None or ICMP in seen else str(seen[TCP].flags)


@probe("ICMP: reply that nobody asked for")
def unsolicited_reply(p):
    return passed(inbound(reply(RAW_SERVER, ROUTER, p), is_reply(p)))


@probe("packet from outside to an inside address")
def to_inside_address(p):
    # The outside kernel has a route for the inside network over the router.
    return passed(inbound(udp((RAW_SERVER, p), (RAW_INSIDE, p + 1)), to_port(p + 1)))


@probe("packet from outside with an inside source to a forwarded port")
def inside_source(p):
    return passed(inbound(udp((RAW_INSIDE_2, p), (ROUTER, 8055)), from_port(p)))


@probe("packet from outside with a source of the router to a forwarded port")
def router_source(p):
    return " ".join(passed(inbound(udp((address, p), (ROUTER, 8055)), from_port(p)))
        for address in (ROUTER, ROUTER_INSIDE))


@probe("packet from outside with the source 127.0.0.1, 224.0.0.1 or 255.255.255.255 to a forwarded port")
def impossible_source(p):
    return " ".join(passed(inbound(udp((address, p), (ROUTER, 8055)), from_port(p)))
        for address in ("127.0.0.1", "224.0.0.1", "255.255.255.255"))


@probe("packet from inside with a foreign source")
def foreign_source(p):
    return passed(outbound(udp(("198.18.0.1", p), (RAW_SERVER, p + 1)), to_port(p + 1)))


@probe("packet from inside to the broadcast address of the outside link")
def directed_broadcast(p):
    return passed(outbound(udp((RAW_INSIDE, p), ("192.0.2.255", p + 1)), to_port(p + 1)))


@probe("ICMP: reply from another address")
def strange_reply(p):
    seen = outbound(echo(RAW_INSIDE, RAW_SERVER, p), is_echo(p))
    return passed(inbound(reply(RAW_SERVER_2, ROUTER, seen[ICMP].id), is_reply(p)))


@probe("ICMP: echo from outside to the router's inside address")
def echo_to_inside_address(p):
    with outside.wire() as back:
        outside.send(echo(RAW_SERVER, ROUTER_INSIDE, p))
        seen = back.await_(is_reply(p))
        return "no reply" if seen is None else "reply from %s" % seen.src


# ---- forwarded ports and hairpinning: TCP 8080 to 10.84.1.3:80, 8081 to :81,
# UDP 8053 to :53, 8054 to :54, 8055 to 10.84.1.4:55, 8056 to 10.84.1.77:56


@probe("TCP: forwarded port, from outside")
def forwarded_tcp(p):
    with inside.listen(INSIDE_2, 80) as listener, outside.connect((SERVER_2, p), (ROUTER, 8080)) as client:
        with listener.accept()[0] as accepted:
            accepted.sendall(b"served")
            return "%s from %s" % (client.recv(99).decode(), source(accepted.getpeername(), p))


@probe("TCP: forwarded port, from inside")
def hairpin_tcp(p):
    with inside.listen(INSIDE_2, 80) as listener, inside.connect((INSIDE, p), (ROUTER, 8080)) as client:
        with listener.accept()[0] as accepted:
            accepted.sendall(b"served")
            return "%s from %s" % (client.recv(99).decode(), source(accepted.getpeername(), p))


@probe("TCP: forwarded port, from its own host")
def hairpin_to_itself(p):
    with inside.listen(INSIDE_2, 80) as listener, inside.connect((INSIDE_2, p), (ROUTER, 8080)) as client:
        with listener.accept()[0] as accepted:
            accepted.sendall(b"served")
            return "%s from %s" % (client.recv(99).decode(), source(accepted.getpeername(), p))


@probe("TCP: closed forwarded port, from outside")
def closed_forwarded_tcp(p):
    return attempt(outside, (SERVER_2, p), (ROUTER, 8081))


@probe("TCP: closed forwarded port, from inside")
def closed_hairpin_tcp(p):
    return attempt(inside, (INSIDE, p), (ROUTER, 8081))


@probe("TCP: ACK from outside to a forwarded port")
def forwarded_ack(p):
    with outside.wire() as back:
        outside.send(tcp((RAW_SERVER, p), (ROUTER, 8080), "A", seq=1, ack=1))
        answer = back.await_(to_port(p, TCP))
        return "no answer" if answer is None else "%s from %s:%d" % (answer[TCP].flags, answer.src, answer[TCP].sport)


def served_udp(asking, address, p):
    with inside.udp(INSIDE_2, 53) as server, asking.udp(address, p) as client:
        ask(client, (ROUTER, 8053))
        data, origin = server.recvfrom(99)
        server.sendto(b"served", origin)
        data, answering = client.recvfrom(99)
        return "%s from %s; answer from %s:%d" % (data.decode(), source(origin, p), *answering)


@probe("UDP: forwarded port, from outside")
def forwarded_udp(p):
    return served_udp(outside, SERVER_2, p)


@probe("UDP: forwarded port, from inside")
def hairpin_udp(p):
    return served_udp(inside, INSIDE, p)


@probe("UDP: closed forwarded port, from outside")
def closed_forwarded_udp(p):
    with outside.wire() as back:
        outside.send(udp((RAW_SERVER, p), (ROUTER, 8054)))
        return told(back.await_(lambda q: is_error_about(q, p)))


@probe("UDP: new datagram from the host of a forwarded port")
def from_forwarded(p):
    with inside.udp(INSIDE_2, 53) as server, outside.udp(SERVER_2, p) as elsewhere:
        ask(server, (SERVER_2, p))
        return "from port %d" % elsewhere.recvfrom(99)[1][1]


@probe("UDP: two inside hosts that send to each other's mappings")
def punched(p):
    with inside.udp(INSIDE, p) as one, inside.udp(INSIDE_2, p + 1) as two, outside.udp(SERVER, p + 2) as server:
        ask(one, (SERVER, p + 2))
        ask(two, (SERVER, p + 2))
        ends = dict((origin[1], origin) for origin in (server.recvfrom(99)[1] for _ in range(2)))
        ask(one, ends[p + 1], b"first")
        ask(two, ends[p], b"second")
        one.settimeout(1)
        try:
            data, origin = one.recvfrom(99)
            return "%s arrives from %s" % (data.decode(), source(origin, p + 1))
        except TimeoutError:
            return "nothing arrives"

"""Probes of ICMP errors and of the path MTU."""

import threading

from scapy.layers.inet import IPOption_RR

from nat_probing import *

# ---- errors


@probe("UDP: port unreachable at the socket")
def refused_udp(p):
    with reporting(inside.udp(INSIDE, p)) as client:
        client.connect((SERVER, p + 1))
        client.send(b"data")
        return reported(client)


@probe("UDP: port unreachable on the wire")
def refused_udp_raw(p):
    with inside.wire() as back:
        inside.send(udp((RAW_INSIDE, p), (SERVER, p + 1)))
        return told(back.await_(lambda q: is_error_about(q, p)))


@probe("UDP: port unreachable about a packet whose port was changed")
def refused_changed(p):
    with inside.wire() as back:
        for host in (RAW_INSIDE, RAW_INSIDE_2):
            inside.send(udp((host, p), (SERVER, p + 1)))
            seen = back.await_(lambda q: is_error_about(q, p) and q.dst == host)
        return "%s, %s checksum" % (told(seen), "own" if quote(seen)[UDP].chksum ==
            IP(bytes(udp((RAW_INSIDE_2, p), (SERVER, p + 1))))[UDP].chksum else "strange")


@probe("UDP: port unreachable about a fragmented datagram")
def refused_long(p):
    with inside.wire() as back:
        for piece in pieces(udp((RAW_INSIDE, p), (SERVER, p + 1), b"f" * 2000, id=p), 800):
            inside.send(piece)
        return told(back.await_(lambda q: is_error_about(q, p)))


@probe("UDP: answer after a port unreachable")
def after_error(p):
    with inside.udp(INSIDE, p) as client, outside.udp(SERVER, p + 1) as server:
        ask(client, (SERVER, p + 1))
        data, mapped = server.recvfrom(99)
        seen = inbound(error(SERVER, ROUTER, udp(mapped, (SERVER, p + 1), data)), lambda q: is_error_about(q, p))
        server.sendto(b"answer", mapped)
        return "error %s, %s" % (passed(seen), client.recvfrom(99)[0].decode())


@probe("TCP: refused")
def refused_tcp(p):
    return attempt(inside, (INSIDE, p), (SERVER, p + 1))


@probe("UDP: no network")
def no_network(p):
    with reporting(inside.udp(INSIDE, p)) as client:
        client.sendto(b"data", (NO_NETWORK, p + 1))
        return reported(client)


@probe("UDP: no host")
def no_host(p):
    with reporting(inside.udp(INSIDE, p)) as client:
        client.sendto(b"data", (FAR_SILENT, p + 1))
        return reported(client)


def expired(packet, port):
    with inside.wire() as back:
        inside.send(packet)
        return told(back.await_(lambda q: is_error_about(q, port)))


for hops in (1, 2):
    for name, made in (
            ("UDP", lambda p, hops: udp((RAW_INSIDE, p), (FAR, p + 1), ttl=hops)),
            ("TCP", lambda p, hops: IP(src=RAW_INSIDE, dst=FAR, ttl=hops) / TCP(sport=p, dport=p + 1, flags="S")),
            ("ICMP", lambda p, hops: echo(RAW_INSIDE, FAR, p, ttl=hops))):
        probe("%s: trace, hop %d" % (name, hops))(lambda p, made=made, hops=hops: expired(made(p, hops), p))


@probe("UDP: answer whose time ends at the router")
def expired_answer(p):
    seen = outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1)), to_port(p + 1))
    with outside.wire() as back:
        outside.send(udp((RAW_SERVER, p + 1), (ROUTER, seen[UDP].sport), ttl=1))
        return told(back.await_(lambda q: is_error_about(q, p + 1)))


def quoted(p, about, **fields):
    """Returns whether an ICMP error from outside about a packet passes, when the mapping of p has been used."""
    outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1)), to_port(p + 1))
    return passed(inbound(error(RAW_SERVER, ROUTER, about, **fields), lambda q: is_error_about(q, p)))


@probe("ICMP: error about a packet that was sent")
def right_error(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER, p + 1)))


@probe("ICMP: error with a long quote and an extension")
def extended_error(p):
    about = udp((ROUTER, p), (RAW_SERVER, p + 1), b"q" * 200)
    outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1)), to_port(p + 1))
    # RFC 4884: 32 words of the packet, then the extension.
    extension = bytes.fromhex("2000000000080101") + b"\x01\x02\x03\x04"
    packet = error(RAW_SERVER_2, ROUTER, about, kind=11, code=0, octets=128, length=32)
    seen = inbound(IP(bytes(packet / extension)), lambda q: is_error_about(q, p))
    return passed(seen) if seen is None else "%s, extension %s" % (
        told(seen), "kept" if bytes(seen)[-len(extension):] == extension else "changed")


@probe("ICMP: error about a packet with options")
def error_about_options(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER, p + 1), options=[IPOption_RR(pointer=4, routers=["0.0.0.0"])]))


@probe("ICMP: packet too big from an inside router")
def error_from_inside(p):
    seen = outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1)), to_port(p + 1))
    answer = inbound(udp((RAW_SERVER, p + 1), (ROUTER, seen[UDP].sport)), to_port(p))
    seen = outbound(error(RAW_INSIDE_2, RAW_SERVER, answer, code=4, nexthopmtu=1234), lambda q: is_error_about(q, p))
    return passed(seen) if seen is None else "%s, %d" % (told(seen), seen[ICMP].nexthopmtu)


@probe("ICMP: error about a packet to another server")
def forged_error(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER_2, p + 1)))


@probe("ICMP: error about a packet without mapping")
def unknown_error(p):
    return passed(inbound(error(RAW_SERVER, ROUTER, udp((ROUTER, p), (RAW_SERVER, p + 1))),
        lambda q: is_error_about(q, p)))


@probe("ICMP: error with a wrong checksum")
def damaged_error(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER, p + 1)), chksum=1)


@probe("ICMP: error with a wrong checksum in the quoted header")
def damaged_quote(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER, p + 1), chksum=1))


@probe("ICMP: error whose quote came from another address")
def strange_quote(p):
    return quoted(p, udp((SERVER_2, p), (RAW_SERVER, p + 1)))


@probe("ICMP: parameter problem")
def parameter_problem(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER, p + 1)), kind=12, code=0)


@probe("ICMP: redirect")
def redirect(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER, p + 1)), kind=5, code=1)


@probe("ICMP: source quench")
def source_quench(p):
    return quoted(p, udp((ROUTER, p), (RAW_SERVER, p + 1)), kind=4, code=0)


@probe("ICMP: error from a router on the way")
def error_on_the_way(p):
    outbound(udp((RAW_INSIDE, p), (RAW_SERVER, p + 1)), to_port(p + 1))
    with inside.wire() as wire:
        outside.send(error(RAW_SERVER_2, ROUTER, udp((ROUTER, p), (RAW_SERVER, p + 1)), code=1))
        return told(wire.await_(lambda q: is_error_about(q, p)))


# ---- path MTU: 1400 on the router's outside link, 1300 behind the outside host


def learned(p, destination, size):
    with reporting(inside.udp(INSIDE, p)) as client:
        client.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        client.connect((destination, p + 1))
        client.send(b"x" * (size - 28))
        return reported(client)


@probe("UDP: packet too big for the router's link")
def too_big_here(p):
    return learned(p, SERVER_2, 1450)


@probe("UDP: packet too big for a link behind")
def too_big_there(p):
    return learned(p, FAR, 1350)


@probe("TCP: upload over a shorter link behind")
def tcp_path_mtu(p):
    with far.listen(FAR_3, p + 1) as listener, inside.connect((INSIDE, p), (FAR_3, p + 1)) as client:
        with listener.accept()[0] as server:
            # The server announces an MSS of 1460, so that segments are too long for the path.
            received = []
            reader = threading.Thread(target=lambda: received.append(drain(server)))
            reader.start()
            client.sendall(b"x" * 100_000)
            client.shutdown(socket.SHUT_WR)
            reader.join(PATIENCE)
            return "%s octets, path MTU %d" % (received[0] if received else "no",
                client.getsockopt(socket.IPPROTO_IP, IP_MTU))


def drain(accepted):
    total = 0
    while octets := accepted.recv(1 << 16):
        total += len(octets)
    return total


@probe("TCP: segment too big for the router's link")
def tcp_too_big(p):
    connection = Connection(p)
    state = connection.opened()
    with inside.wire() as back:
        inside.send(IP(src=RAW_INSIDE, dst=RAW_SERVER, flags="DF") / TCP(sport=p, dport=p + 1, flags="A",
            seq=connection.sent, ack=connection.answered) / (b"x" * 1440))
        seen = back.await_(lambda q: is_error_about(q, p))
        return "%s, %s, %d" % (state, told(seen), seen[ICMP].nexthopmtu if seen else 0)


@probe("TCP: segment too big for a link behind")
def tcp_too_big_there(p):
    with inside.wire() as back:
        inside.send(IP(src=RAW_INSIDE, dst=FAR_2, flags="DF") / TCP(sport=p, dport=p + 1, flags="S", seq=1)
            / (b"x" * 1300))
        seen = back.await_(lambda q: is_error_about(q, p))
        return "%s, %d" % (told(seen), seen[ICMP].nexthopmtu if seen else 0)

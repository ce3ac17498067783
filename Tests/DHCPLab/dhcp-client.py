#!/usr/bin/env python3
"""DHCP clients on an interface: sends what firmware sends, prints what it is answered.

Usage: dhcp-client.py INTERFACE < exchanges.json

Standard input is an array of exchanges, each an object:
  mac           of the client
  kind          discover (the default: one DISCOVER), lease (DISCOVER and REQUEST), renew (REQUEST of `address`),
                boot (a PXE boot server request to port 4011 of `server`)
  arch          option 93
  user_class    option 77
  vendor_class  option 60; by default PXEClient:Arch:… where there is an architecture
  encapsulated  whether option 175 is sent, as iPXE does
  client_id     option 61, in hexadecimal
  giaddr        of the relay that forwards the request to `server`
  server        the address of the server; needs `server_mac`
  service       the PXE boot server type that is asked for in option 43
  wait          in seconds, until the lack of an answer counts
Prints an array in the same order: for each exchange null for silence, or the last answer: type, yiaddr, siaddr, file,
options (code to hexadecimal), from (address and MAC of the sender).
"""
import json
import select
import socket
import struct
import sys
import time

COOKIE = b"\x63\x82\x53\x63"
BROADCAST = b"\xff" * 6
PARAMETERS = bytes([1, 3, 6, 12, 15, 26, 43, 54, 60, 66, 67, 97, 128, 175])


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(target_mac, source_mac, source, target, source_port, target_port, payload):
    udp = struct.pack("!HHHH", source_port, target_port, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return target_mac + source_mac + b"\x08\x00" + head + udp


class Exchange:
    def __init__(self, wish, number):
        self.wish = wish
        self.xid = 0x42590000 + number
        self.answer = None
        self.step = "REQUEST" if wish.get("kind") in ("renew", "boot") else "DISCOVER"
        self.deadline = 0

    def option(self, code, value):
        return bytes([code, len(value)]) + value

    def packet(self):
        wish = self.wish
        kind = wish.get("kind", "discover")
        options = self.option(53, b"\x01" if self.step == "DISCOVER" else b"\x03")
        if wish.get("client_id"):
            options += self.option(61, bytes.fromhex(wish["client_id"]))
        if self.step == "REQUEST" and kind == "lease":
            options += self.option(50, socket.inet_aton(self.answer["yiaddr"]))
            options += self.option(54, bytes.fromhex(self.answer["options"]["54"]))
        if kind == "renew":
            options += self.option(50, socket.inet_aton(wish["address"]))
        options += self.option(55, PARAMETERS)
        arch = wish.get("arch")
        if arch is not None:
            options += self.option(93, struct.pack("!H", arch))
            options += self.option(94, b"\x01\x03\x10")
            options += self.option(97, b"\0" + mac(wish["mac"]) + b"\0" * 10)
        vendor = wish.get("vendor_class", f"PXEClient:Arch:{arch:05d}:UNDI:003016" if arch is not None else None)
        if vendor:
            options += self.option(60, vendor.encode())
        if wish.get("user_class"):
            options += self.option(77, wish["user_class"].encode())
        if wish.get("encapsulated"):
            options += self.option(175, b"\xb1\x05\x01\x1a\xf4\x10\x00")
        if "service" in wish:
            options += self.option(43, b"\x47\x04" + struct.pack("!HH", wish["service"], 0) + b"\xff")
        giaddr = wish.get("giaddr", "0.0.0.0")
        return struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 1, 1, 6, 1 if "giaddr" in wish else 0, self.xid, 0,
                           0 if kind == "boot" else 0x8000,
                           socket.inet_aton(wish["address"] if kind == "boot" else "0.0.0.0"),
                           b"\0" * 4, b"\0" * 4, socket.inet_aton(giaddr), mac(wish["mac"]), b"", b"") \
            + COOKIE + options + b"\xff"

    def frame(self):
        wish = self.wish
        if wish.get("kind") == "boot":
            return frame(mac(wish["server_mac"]), mac(wish["mac"]), wish["address"], wish["server"], 68, 4011,
                         self.packet())
        if "giaddr" in wish:
            return frame(mac(wish["server_mac"]), mac(wish["relay_mac"]), wish["giaddr"], wish["server"], 67, 67,
                         self.packet())
        return frame(BROADCAST, mac(wish["mac"]), "0.0.0.0", "255.255.255.255", 68, 67, self.packet())


def parse(data):
    """The exchange number, and the answer, of an Ethernet frame; None for anything else."""
    if len(data) < 42 or data[12:14] != b"\x08\x00" or data[23] != 17:
        return None
    start = 14 + (data[14] & 15) * 4
    source_port = struct.unpack("!H", data[start:start + 2])[0]
    body = data[start + 8:start + struct.unpack("!H", data[start + 4:start + 6])[0]]
    if source_port not in (67, 4011) or len(body) < 240 or body[0] != 2 or body[236:240] != COOKIE:
        return None
    xid = struct.unpack("!I", body[4:8])[0]
    options, place = {}, 240
    while place + 1 < len(body) and body[place] != 255:
        if body[place] == 0:
            place += 1
            continue
        length = body[place + 1]
        options[str(body[place])] = options.get(str(body[place]), "") + body[place + 2:place + 2 + length].hex()
        place += 2 + length
    name = {2: "OFFER", 5: "ACK", 6: "NAK"}.get(int(options.get("53", "0"), 16), "?")
    file = body[108:236].split(b"\0")[0].decode("latin-1")
    if not file and "67" in options:
        file = bytes.fromhex(options["67"]).rstrip(b"\0").decode("latin-1")
    return xid, {
        "type": name, "yiaddr": socket.inet_ntoa(body[16:20]), "siaddr": socket.inet_ntoa(body[20:24]), "file": file,
        "options": options,
        "from": f"{socket.inet_ntoa(data[26:30])} {data[6:12].hex(':')}",
    }


def main():
    exchanges = [Exchange(wish, number) for number, wish in enumerate(json.load(sys.stdin))]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    wire.bind((sys.argv[1], 0))
    waiting = {exchange.xid: exchange for exchange in exchanges}
    queue = list(exchanges)
    busy = set()
    while queue or busy:
        while queue and len(busy) < 16:
            exchange = queue.pop(0)
            exchange.deadline = time.monotonic() + exchange.wish.get("wait", 5)
            busy.add(exchange.xid)
            wire.send(exchange.frame())
        if select.select([wire], [], [], 0.05)[0]:
            found = parse(wire.recv(65536))
            if found and found[0] in busy:
                exchange = waiting[found[0]]
                if exchange.step == "REQUEST" and found[1]["type"] == "OFFER" and exchange.wish.get("kind") == "lease":
                    continue
                exchange.answer = found[1]
                if exchange.wish.get("kind") == "lease" and exchange.step == "DISCOVER":
                    exchange.step = "REQUEST"
                    exchange.deadline = time.monotonic() + exchange.wish.get("wait", 5)
                    wire.send(exchange.frame())
                else:
                    busy.discard(exchange.xid)
        for xid in [xid for xid in busy if waiting[xid].deadline < time.monotonic()]:
            if waiting[xid].step == "REQUEST" and waiting[xid].wish.get("kind") == "lease":
                waiting[xid].answer = None
            busy.discard(xid)
    json.dump([exchange.answer for exchange in exchanges], sys.stdout)


main()

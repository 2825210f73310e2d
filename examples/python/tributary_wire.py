"""The wire between a site and the coordinator, in plain Python 3.9: Part 1 of docs/protocol.md without the site.

Protocol Buffers by hand, manifests of chunks, and one connection: frames within their bounds, hello, heartbeats.
wire_site.py is a site that uses it.
"""

import hashlib
import re
import socket
import ssl
import struct
import time

CONTROL, CHUNK = 1, 2  # kinds of frames
HELLO, WELCOME, REFUSAL, HEARTBEAT, TASK_OFFER, TASK_ANSWER, TASK_PROGRESS, UPLOAD_OFFER = range(1, 9)
UPLOAD_STATUS, UPLOAD_COMMIT, EVALUATION_REPORT, TASK_OUTCOME, FAREWELL = range(9, 14)  # fields of Envelope
LAST_FIELD = 15
TRAIN, EVALUATE = 1, 2  # kinds of tasks
ACCEPTED = 1  # the outcome of a task
INCOMPATIBLE_VERSION, IDENTITY, REPLACED = 1, 2, 5  # refusals after which connecting again would not help
MAX_CHUNKS, MAX_HEADER_BYTES, CHUNK_BYTES = 16384, 512, 65536
MAX_CONTROL_BYTES, MAX_CHUNK_BYTES, MAX_HELLO_BYTES, WELCOME_SECONDS = 1 << 20, 1 << 20, 16384, 20
RUN_ID = re.compile("[a-z0-9][a-z0-9._-]{0,71}")


class ProtocolError(Exception):
    """The coordinator said what the protocol does not allow: the connection ends, and is made anew."""


class Final(Exception):
    """Connecting again would not help."""


# Protocol Buffers by hand: fields to bytes, and bytes to a dictionary from a field's number to its values.


def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def message(**fields):
    """message(f1=7, f2="text", f3=b"bytes or a message", f4=1.5)"""
    out = b""
    for name, value in fields.items():
        number = int(name[1:])
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        elif isinstance(value, float):
            out += varint(number << 3 | 1) + struct.pack("<d", value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


class Message:
    """A message that was read; what is not there has its default."""

    def __init__(self, data):
        self._fields, at = {}, 0
        while at < len(data):
            tag, at = self._varint(data, at)
            if tag & 7 == 0:
                value, at = self._varint(data, at)
            else:
                if tag & 7 == 2:
                    size, at = self._varint(data, at)
                elif tag & 7 in (1, 5):
                    size = 8 if tag & 7 == 1 else 4
                else:
                    raise ProtocolError(f"wire type {tag & 7}")
                if size > len(data) - at:
                    raise ProtocolError("a field reaches beyond its message")
                value, at = bytes(data[at : at + size]), at + size
            self._fields[tag >> 3] = value

    @staticmethod
    def _varint(data, at):
        value = 0
        for shift in range(0, 70, 7):
            if at >= len(data):
                raise ProtocolError("a number reaches beyond its message")
            value |= (data[at] & 0x7F) << shift
            at += 1
            if data[at - 1] < 0x80:
                return value & (1 << 64) - 1, at
        raise ProtocolError("a number of more than 10 bytes")

    def _get(self, number, kind):
        value = self._fields.get(number, kind())
        if not isinstance(value, kind):
            raise ProtocolError(f"field {number} has another type")
        return value

    def number(self, field):
        return self._get(field, int)

    def data(self, field):
        return self._get(field, bytes)

    def text(self, field):
        return self.data(field).decode("utf-8", "replace")

    def sub(self, field):
        return Message(self.data(field))

    def known(self):
        """The first field that an Envelope may have, or 0."""
        return next((field for field in self._fields if field <= LAST_FIELD), 0)


class Manifest:
    """A blob as the SHA-256 digests of its chunks."""

    def __init__(self, total_bytes, chunk_bytes, digests):
        count = -(-total_bytes // chunk_bytes) if chunk_bytes else 0
        if not 1 <= count <= MAX_CHUNKS or len(digests) != 32 * count:
            raise ProtocolError(f"manifest: {total_bytes} bytes, chunks of {chunk_bytes}, {len(digests)} of digests")
        self.total_bytes, self.chunk_bytes = total_bytes, chunk_bytes
        self.digests = [digests[i : i + 32] for i in range(0, len(digests), 32)]

    @staticmethod
    def read(manifest):
        return Manifest(manifest.number(1), manifest.number(2), manifest.data(3))

    @staticmethod
    def of(blob):
        chunks = [blob[i : i + CHUNK_BYTES] for i in range(0, len(blob), CHUNK_BYTES)]
        return Manifest(len(blob), CHUNK_BYTES, b"".join(hashlib.sha256(chunk).digest() for chunk in chunks))

    def encoded(self):
        return message(f1=self.total_bytes, f2=self.chunk_bytes, f3=b"".join(self.digests))


def bitmap(size, lacking):
    bits = bytearray(-(-size // 8))
    for i in lacking:
        bits[i // 8] |= 1 << i % 8
    return bytes(bits)


# A task's key is the tuple (run, round, attempt, kind).


def encoded(key):
    return message(f1=key[0], f2=key[1], f3=key[2], f4=key[3])


def decoded(key):
    run = key.text(1)
    if not RUN_ID.fullmatch(run) or key.number(4) not in (TRAIN, EVALUATE):  # it becomes part of a file's name
        raise ProtocolError("a task's key is not one")
    return run, key.number(2), key.number(3), key.number(4)


def tls_context(ca, certificate, key):
    """TLS 1.3 that trusts one root, checks the host's name and shows this site's certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_verify_locations(ca)
    tls.load_cert_chain(certificate, key)
    tls.set_alpn_protocols(["tributary/1"])
    return tls


class Wire:
    """One connection: frames within their bounds, and heartbeats while nothing else is sent."""

    def __init__(self, host, port, tls, name):
        raw = socket.create_connection((host, port), timeout=WELCOME_SECONDS)
        self._socket = tls.wrap_socket(raw, server_hostname=host)
        if self._socket.selected_alpn_protocol() != "tributary/1":
            raise ProtocolError("the other end does not speak tributary/1")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._is_open, self._buffer, self._beats = False, bytearray(), 0
        self._beat_seconds, self._idle_seconds = 5.0, float(WELCOME_SECONDS)
        self._max_control, self._max_chunk = MAX_HELLO_BYTES, 0
        self._sent = self._heard = time.monotonic()
        self.send(HELLO, message(f1=1, f2="wire_site.py 1", f3=name))
        kind, welcome = self.receive(WELCOME_SECONDS)
        if kind != WELCOME or welcome.number(1) != 1:
            raise ProtocolError(f"message {kind} instead of a Welcome to version 1")
        self._beat_seconds, self._idle_seconds = welcome.number(3) / 1000, welcome.number(4) / 1000
        self._max_control = min(welcome.number(5), MAX_CONTROL_BYTES)
        self._max_chunk = min(welcome.number(6), MAX_CHUNK_BYTES)
        self._is_open = True

    def close(self):
        self._socket.close()

    def send(self, kind, body):
        self._frame(CONTROL, message(**{f"f{kind}": body}))

    def send_chunk(self, key, index, chunk):
        header = message(f1=encoded(key), f2=index)
        self._frame(CHUNK, struct.pack(">H", len(header)) + header + chunk)

    def _frame(self, kind, payload):
        self._socket.settimeout(self._idle_seconds)
        self._socket.sendall(struct.pack(">IB", len(payload), kind) + payload)
        self._sent = time.monotonic()

    def beat(self):
        """Call it at least once a second, whatever else there is to do."""
        if time.monotonic() - self._sent >= self._beat_seconds and self._is_open:
            self._beats += 1
            self.send(HEARTBEAT, message(f1=self._beats))

    def receive(self, patience_seconds):
        """The next message: its number in Envelope and itself, or 0 and a chunk's (key, index, bytes)."""
        self._answer_by = time.monotonic() + patience_seconds
        while True:
            size, kind = struct.unpack(">IB", self._read(5))
            bound = self._max_control if kind == CONTROL else self._max_chunk + 2 + MAX_HEADER_BYTES
            if kind not in (CONTROL, CHUNK) or kind == CHUNK and not self._is_open or size > bound:
                raise ProtocolError(f"frame of kind {kind} and {size} bytes, at most {bound}")
            payload = self._read(size)
            if kind == CHUNK:
                return 0, self._chunk(payload)
            envelope = Message(payload)
            number = envelope.known()
            if number == REFUSAL:
                code, reason = envelope.sub(REFUSAL).number(1), envelope.sub(REFUSAL).text(2)
                final = code in (INCOMPATIBLE_VERSION, IDENTITY, REPLACED)
                raise (Final if final else ProtocolError)(f"refused with code {code}: {reason}")
            if number == 0:
                raise ProtocolError("an envelope without a message that is known")
            if number != HEARTBEAT:
                return number, envelope.sub(number)

    @staticmethod
    def _chunk(payload):
        size = int.from_bytes(payload[:2], "big")
        if len(payload) < 2 + size or size > MAX_HEADER_BYTES:
            raise ProtocolError(f"chunk header of {size} bytes")
        header = Message(payload[2 : 2 + size])
        return decoded(header.sub(1)), header.number(2), payload[2 + size :]

    def _read(self, size):
        while len(self._buffer) < size:
            self.beat()
            try:
                self._socket.settimeout(1)
                data = self._socket.recv(65536)
                if not data:
                    raise ConnectionError("the coordinator closed the connection")
                self._buffer += data
                self._heard = time.monotonic()
            except socket.timeout:
                pass
            if time.monotonic() > min(self._heard + self._idle_seconds, self._answer_by):
                raise ConnectionError("the coordinator is silent, or does not answer")
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

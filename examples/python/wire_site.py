"""A whole Tributary site in plain Python 3.9: Part 1 of docs/protocol.md in one file, without a single package.

It fits the line y = slope * x + offset to points that never leave it (--points), and judges models on others that
it never trains on (--held-out). Its home keeps the chunks of the newest model, so that unchanged ones are not sent
again, the update until its outcome is known, and the receipts. Kill it at any time and start it again.

    wire_site.py --host localhost --port 7443 --ca ca.pem --cert site.pem --key site-key.pem --home DIR \\
        --points=-2:-3,-1:-1 --held-out=0:1 --until-farewell
"""

import argparse
import hashlib
import json
import math
import os
import random
import socket
import ssl
import struct
import sys
import time

NETWORK = b"slope * x + offset"  # what a job must name, by its SHA-256, for this site to take part
CONTROL, CHUNK = 1, 2  # kinds of frames
HELLO, WELCOME, REFUSAL, HEARTBEAT, TASK_OFFER, TASK_ANSWER, TASK_PROGRESS, UPLOAD_OFFER = range(1, 9)
UPLOAD_STATUS, UPLOAD_COMMIT, EVALUATION_REPORT, TASK_OUTCOME, FAREWELL = range(9, 14)  # fields of Envelope
TRAIN, EVALUATE, ACCEPTED = 1, 2, 1
FINAL_REFUSALS = {1: "incompatible version", 2: "identity", 5: "replaced by a newer connection"}
MAX_CHUNKS, MAX_HEADER, CHUNK_BYTES = 16384, 512, 65536


class ProtocolError(Exception):
    """The coordinator said what the protocol does not allow: the connection ends, and is made anew."""


class Final(Exception):
    """Connecting again would not help."""


class Refused(Exception):
    """This site will not do the task. The reason travels, so it must hold no data."""


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

    def first(self):
        return next(iter(self._fields), 0)


class Manifest:
    """A blob as SHA-256 digests of its chunks."""

    def __init__(self, total_bytes, chunk_bytes, digests):
        count = -(-total_bytes // chunk_bytes) if chunk_bytes else 0
        if not 1 <= count <= MAX_CHUNKS or len(digests) != 32 * count:
            raise ProtocolError(f"manifest: {total_bytes} bytes, chunks of {chunk_bytes}, {len(digests)} of digests")
        self.total_bytes, self.chunk_bytes = total_bytes, chunk_bytes
        self.digests = [digests[i : i + 32] for i in range(0, len(digests), 32)]

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


def write_durably(path, data):
    """Either the old file or the whole new one, whatever happens meanwhile."""
    with open(path + ".new", "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Wire:
    """One connection: frames within their bounds, and heartbeats while nothing else is sent."""

    def __init__(self, options, name):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the chain and the host's name
        tls.minimum_version = ssl.TLSVersion.TLSv1_3
        tls.load_verify_locations(options.ca)
        tls.load_cert_chain(options.cert, options.key)
        tls.set_alpn_protocols(["tributary/1"])
        self._deadline = time.monotonic() + 20  # of the Welcome
        self._raw = socket.create_connection((options.host, options.port), timeout=20)
        self._socket = tls.wrap_socket(self._raw, server_hostname=options.host)
        if self._socket.selected_alpn_protocol() != "tributary/1":
            raise ProtocolError("the other end does not speak tributary/1")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer, self._beats = bytearray(), 0
        self._beat_seconds, self._idle_seconds, self._max_control, self._max_chunk = 5.0, 20.0, 16384, -1
        self._sent = self._heard = time.monotonic()
        self.send(HELLO, message(f1=varint(1), f2="wire_site.py 1", f3=name))  # f1 is packed
        kind, welcome = self.receive()
        if kind != WELCOME or welcome.number(1) != 1:
            raise ProtocolError(f"message {kind} instead of a Welcome to version 1")
        self._deadline = math.inf
        self._beat_seconds, self._idle_seconds = welcome.number(3) / 1000, welcome.number(4) / 1000
        self._max_control = min(welcome.number(5), 1 << 20)
        self._max_chunk = min(welcome.number(6), 1 << 20)

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
        if time.monotonic() - self._sent >= self._beat_seconds and self._max_chunk >= 0:
            self._beats += 1
            self.send(HEARTBEAT, message(f1=self._beats))

    def receive(self):
        """The next message: its number in Envelope and itself, or 0 and a chunk's (key, index, bytes)."""
        while True:
            size, kind = struct.unpack(">IB", self._read(5))
            bound = self._max_control if kind == CONTROL else self._max_chunk + 2 + MAX_HEADER
            if kind not in (CONTROL, CHUNK) or kind == CHUNK and self._max_chunk < 0 or size > bound:
                raise ProtocolError(f"frame of kind {kind} and {size} bytes, at most {bound}")
            payload = self._read(size)
            if kind == CHUNK:
                return 0, self._chunk(payload)
            envelope = Message(payload)
            number = envelope.first()
            if number == REFUSAL:
                code, reason = envelope.sub(REFUSAL).number(1), envelope.sub(REFUSAL).text(2)
                raise (Final if code in FINAL_REFUSALS else ProtocolError)(f"refused with code {code}: {reason}")
            if not 1 <= number <= 15:
                raise ProtocolError("an envelope without a message that is known")
            if number != HEARTBEAT:
                return number, envelope.sub(number)

    @staticmethod
    def _chunk(payload):
        size = int.from_bytes(payload[:2], "big")
        if len(payload) < 2 + size or size > MAX_HEADER:
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
            if time.monotonic() > min(self._heard + self._idle_seconds, self._deadline):
                raise ConnectionError("the coordinator is silent")
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


# Keys of tasks: (run, round, attempt, kind).


def encoded(key):
    return message(f1=key[0], f2=key[1], f3=key[2], f4=key[3])


def decoded(key):
    return key.text(1), key.number(2), key.number(3), key.number(4)


# The learning: float32 where Tributary's Java sites have floats, so that the same points give the same bits.


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def error(line, change, x, y):
    return f32(line[0] + change[0]) * x + line[1] + change[1] - y


def train(line, points, rate, epochs, between):
    """Gradient descent, a step a point; returns the change of (slope, offset)."""
    change = [0.0, 0.0]
    for _ in range(epochs):
        between()
        for x, y in points:
            step = -rate * error(line, change, x, y)
            change = [f32(change[0] + f32(step * x)), f32(change[1] + f32(step))]
    return change


def clipped(change, norm):
    """Scaled so that it is at most `norm` long: what the job promises its sites, done before anything leaves."""
    length = math.sqrt(sum(value * value for value in change))
    return change if norm is None or length <= norm else [f32(value * (norm / length)) for value in change]


class Site:
    """What survives a connection, and what a connection's messages do to it."""

    def __init__(self, options):
        self.options, self.name = options, site_name(options.cert)
        self._chunks, self._update = os.path.join(options.home, "chunks"), os.path.join(options.home, "update")
        for folder in (self._chunks, os.path.join(options.home, "receipts")):
            os.makedirs(folder, exist_ok=True)
        self._wire = self._task = None

    def serve(self):
        delay = 0.5
        while True:
            try:
                self._wire = Wire(self.options, self.name)
                delay = 0.5
                try:
                    return self._session()
                finally:
                    self._wire.close()
            except (OSError, ProtocolError) as trouble:
                print(f"{trouble}; connecting again in about {delay} s", file=sys.stderr, flush=True)
            time.sleep(delay * random.uniform(0.5, 1))
            delay = min(2 * delay, 30)

    def _session(self):
        self._task = None
        offered = self._offer_update()
        while True:
            number, body = self._wire.receive()
            if number == 0 and self._task and body[0] == self._task["key"]:
                self._model_chunk(*body[1:])
            elif number == TASK_OFFER:
                key, update = decoded(body.sub(1)), self._kept_update()
                if update and update["key"] == key:  # trained before the cut: nothing is lacking
                    self._accept(key, Manifest_of(body.sub(3)), [])
                    offered = offered or self._offer_update()
                else:
                    self._offered(key, body)
            elif number == UPLOAD_STATUS:
                self._upload(decoded(body.sub(1)), body.data(2))
            elif number == TASK_OUTCOME:
                self._outcome(decoded(body.sub(1)), body)
            elif number == FAREWELL and self.options.until_farewell:
                return 0 if body.number(2) else 1

    # Down: the offer, the model, and what is then done with it.

    def _offered(self, key, offer):
        """Refuses at once what this site would not do, and asks for the chunks that it lacks."""
        try:
            job = accepted_job(json.loads(offer.data(2)))
            if key[3] == EVALUATE and not self.options.held_out:
                raise Refused("this site keeps no examples apart to judge models on")
            manifest = Manifest_of(offer.sub(3))
            if manifest.total_bytes != 8:
                raise Refused(f"the model has {manifest.total_bytes} bytes and its layout 8")
        except (Refused, KeyError, TypeError, ValueError) as reason:
            self._task = None
            self._wire.send(TASK_ANSWER, message(f1=encoded(key), f3=message(f1=f"{reason}")))
            return
        lacking = {i for i, digest in enumerate(manifest.digests) if self._chunk(digest) is None}
        self._task = {"key": key, "job": job, "manifest": manifest, "lacking": lacking}
        self._accept(key, manifest, lacking)
        self._go_on_when_complete()

    def _accept(self, key, manifest, lacking):
        accepted = message(f1=bitmap(len(manifest.digests), lacking))
        self._wire.send(TASK_ANSWER, message(f1=encoded(key), f2=accepted))

    def _chunk(self, digest):
        try:
            with open(os.path.join(self._chunks, digest.hex()), "rb") as file:
                data = file.read()
            return data if hashlib.sha256(data).digest() == digest else None
        except FileNotFoundError:
            return None

    def _model_chunk(self, index, data):
        digests = self._task["manifest"].digests
        if index not in self._task["lacking"] or hashlib.sha256(data).digest() != digests[index]:
            raise ProtocolError(f"chunk {index} was not asked for, or is not what the manifest says")
        write_durably(os.path.join(self._chunks, digests[index].hex()), data)
        self._task["lacking"].remove(index)
        self._go_on_when_complete()

    def _go_on_when_complete(self):
        if self._task["lacking"]:
            return
        task, self._task = self._task, None
        digests = task["manifest"].digests
        line = struct.unpack("<2f", b"".join(self._chunk(digest) for digest in digests))
        for old in set(os.listdir(self._chunks)) - {digest.hex() for digest in digests}:
            os.remove(os.path.join(self._chunks, old))  # only the newest model is worth its disk
        if not all(map(math.isfinite, line)):
            raise ProtocolError("the model holds a value that is not finite")
        if task["key"][3] == TRAIN:
            self._train(task, line)
        else:
            points = self.options.held_out
            squares = sum(error(line, (0.0, 0.0), x, y) ** 2 for x, y in points)
            report = message(f1=encoded(task["key"]), f2=float(squares), f3=len(points))
            self._wire.send(EVALUATION_REPORT, report)

    def _train(self, task, line):
        points, local = self.options.points, task["job"]["local"]
        epochs, key = local["epochs"], encoded(task["key"])
        change = train(line, points, local["learning-rate"], epochs, self._wire.beat)
        self._wire.send(TASK_PROGRESS, message(f1=key, f2=1, f3=epochs, f4=epochs))
        change = clipped(change, task["job"].get("update", {}).get("clipping-norm"))
        header = json.dumps({"key": task["key"], "weight": len(points)}).encode()
        write_durably(self._update, header + b"\n" + struct.pack("<2f", *change))
        self._offer_update()

    # Up: the update stays on disk until its outcome is known.

    def _kept_update(self):
        try:
            with open(self._update, "rb") as file:
                header, blob = file.read().split(b"\n", 1)
        except FileNotFoundError:
            return None
        return {**json.loads(header), "key": tuple(json.loads(header)["key"]), "blob": blob}

    def _offer_update(self):
        update = self._kept_update()
        if update:
            manifest = Manifest.of(update["blob"]).encoded()
            offer = message(f1=encoded(update["key"]), f2=manifest, f3=update["weight"])
            self._wire.send(UPLOAD_OFFER, offer)
        return update is not None

    def _upload(self, key, lacking):
        update = self._kept_update()
        if not update or update["key"] != key:
            return
        for i, start in enumerate(range(0, len(update["blob"]), CHUNK_BYTES)):
            if lacking[i // 8] >> i % 8 & 1:
                self._wire.send_chunk(key, i, update["blob"][start : start + CHUNK_BYTES])
        self._wire.send(UPLOAD_COMMIT, message(f1=encoded(key)))

    def _outcome(self, key, outcome):
        if self._task and self._task["key"] == key:
            self._task = None
        update = self._kept_update()
        if update and update["key"] == key:
            if outcome.number(2) == ACCEPTED:
                write_durably(os.path.join(self.options.home, "receipts", f"{key[0]}-{key[1]}"), outcome.data(6))
            os.remove(self._update)
        if outcome.number(2) != ACCEPTED:
            print(f"{key}: not taken: {outcome.text(3)}", file=sys.stderr, flush=True)


def Manifest_of(read):
    return Manifest(read.number(1), read.number(2), read.data(3))


def accepted_job(job):
    """The job, if it is one for this network."""
    external = job["model"].get("external")
    if not external or external["program"] != hashlib.sha256(NETWORK).hexdigest():
        raise Refused(f"this site takes part in jobs of the network {hashlib.sha256(NETWORK).hexdigest()} only")
    tensors = [(tensor["name"], tensor["shape"], tensor.get("trainable", True)) for tensor in external["tensors"]]
    if tensors != [("slope", [1], True), ("offset", [1], True)]:
        raise Refused("the network has the trainable tensors slope and offset of shape [1]")
    return job


def site_name(certificate):
    """The NAME of tributary://site/NAME, the certificate's only alternative name; in DER its length stands before it."""
    with open(certificate, encoding="ascii") as file:
        pem = file.read()
    end = "-----END CERTIFICATE-----"
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") : pem.index(end) + len(end)])
    at = der.index(b"tributary://site/")
    return der[at : at + der[at - 1]].decode("ascii").rsplit("/", 1)[1]


def points(text):
    return [tuple(map(float, point.split(":"))) for point in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--host", "--ca", "--cert", "--key", "--home"):
        parser.add_argument(name, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--points", type=points, required=True, metavar="X:Y,X:Y")
    parser.add_argument("--held-out", type=points, default=[], metavar="X:Y,X:Y")
    parser.add_argument("--until-farewell", action="store_true", help="end with the run, and fail if it failed")
    try:
        return Site(parser.parse_args()).serve()
    except Final as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""A whole Tributary site in plain Python 3.9, from docs/protocol.md: this file and tributary_wire.py, no package.

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
import ssl
import struct
import sys
import time

from tributary_wire import ACCEPTED, CHUNK_BYTES, EVALUATE, TRAIN, Final, Manifest, ProtocolError, Wire
from tributary_wire import EVALUATION_REPORT, FAREWELL, TASK_ANSWER, TASK_OFFER, TASK_OUTCOME, TASK_PROGRESS
from tributary_wire import UPLOAD_COMMIT, UPLOAD_OFFER, UPLOAD_STATUS
from tributary_wire import bitmap, decoded, encoded, message, tls_context

NETWORK = b"slope * x + offset"  # what a job must name, by its SHA-256, for this site to take part
MAX_EPOCHS, ANSWER_SECONDS = 10000, 120


class Refused(Exception):
    """This site will not do the task. The reason travels, so it must hold no data."""


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
    """At most `norm` long, also after rounding: what the job promises its sites, done before anything leaves."""
    length = math.sqrt(sum(value * value for value in change))
    return change if length <= norm else [f32(value * (norm / length * (1 - 2**-23))) for value in change]


class Job:
    """What this site needs of a job; refuses one that is not for it."""

    def __init__(self, text, key):
        try:
            job = json.loads(text)
            program, tensors = job["model"]["external"]["program"], job["model"]["external"]["tensors"]
            layout = [(tensor["name"], tensor["shape"], tensor["trainable"]) for tensor in tensors]
            local, update = job["local"], job["update"]
            self.rate, self.epochs = self._rate(local, key[1], job["rounds"]), int(local["epochs"])
            self.max_abs, self.max_weight = float(update["max-abs"]), int(update["max-weight"])
            self.norm = float(update.get("clipping-norm", math.inf))
        except (KeyError, TypeError, ValueError, RecursionError, OverflowError, ZeroDivisionError):
            raise Refused("this site takes jobs with model.external and local.epochs only") from None
        if program != hashlib.sha256(NETWORK).hexdigest():
            raise Refused(f"this site has the network {hashlib.sha256(NETWORK).hexdigest()} only")
        if layout != [("slope", [1], True), ("offset", [1], True)]:
            raise Refused("the network has the trainable tensors slope and offset of shape [1]")
        if self.epochs > MAX_EPOCHS or not self.norm > 0 or key[0][:-9] != job.get("name"):
            raise Refused(f"at most {MAX_EPOCHS} epochs, a clipping norm above 0, a run that is named after its job")

    @staticmethod
    def _rate(local, this_round, rounds):
        """The learning rate of a round: from the first to the final one along a line or half a cosine."""
        first, last = float(local["learning-rate"]), float(local["final-learning-rate"])
        share = 0.0 if rounds == 1 else (this_round - 1) / (rounds - 1)
        is_line = local["learning-rate-schedule"] == "linear"
        return last + (first - last) * (1 - share if is_line else (1 + math.cos(math.pi * share)) / 2)


class Site:
    """What survives a connection, and what a connection's messages do to it."""

    def __init__(self, options):
        self.options, self.name = options, site_name(options.cert)
        self._tls = tls_context(options.ca, options.cert, options.key)
        self._chunks, self._update = os.path.join(options.home, "chunks"), os.path.join(options.home, "update")
        for folder in (self._chunks, os.path.join(options.home, "receipts")):
            os.makedirs(folder, exist_ok=True)
        self._wire = self._task = self._held = self._farewell = None
        self._delay = 0.5

    def serve(self):
        """Connects until the end; returns the exit code."""
        while self._farewell is None:
            try:
                self._wire = Wire(self.options.host, self.options.port, self._tls, self.name)
                try:
                    self._session()
                finally:
                    self._wire.close()
            except ssl.SSLCertVerificationError as trouble:
                raise Final(f"the coordinator's certificate: {trouble.verify_message}") from trouble
            except (OSError, ProtocolError) as trouble:
                print(f"{trouble}; connecting again in {self._delay} s", file=sys.stderr, flush=True)
                time.sleep(self._delay * random.uniform(0.5, 1))
                self._delay = min(2 * self._delay, 30)  # until a connection has been of use
        return 0 if self._farewell else 1

    def _session(self):
        self._task = self._held = None
        self._offer_update()
        while self._farewell is None or self._kept_update():  # a farewell may come before a receipt
            is_owed = self._task or self._kept_update()
            number, body = self._wire.receive(ANSWER_SECONDS if is_owed else math.inf)
            if number == 0 and self._task and body[0] == self._task["key"]:
                self._model_chunk(*body[1:])
            elif number == TASK_OFFER:
                self._offered(decoded(body.sub(1)), body)
            elif number == UPLOAD_STATUS:
                self._upload(decoded(body.sub(1)), body.data(2))
            elif number == TASK_OUTCOME:
                self._outcome(decoded(body.sub(1)), body)
            elif number == FAREWELL and self.options.until_farewell:
                self._farewell = body.number(2) == 1

    # Down: the offer, the model, and what is then done with it.

    def _offered(self, key, offer):
        """Asks for the chunks that it lacks, or refuses at once what this site would not do."""
        manifest, update, lacking = Manifest.read(offer.sub(3)), self._kept_update(), set()
        if update and update["key"] != key:
            self._held = key, offer  # that update may be counted already: its outcome comes first
            return
        self._task = None
        try:
            job = Job(offer.data(2), key)
            if manifest.total_bytes != 8:
                raise Refused(f"the model has {manifest.total_bytes} bytes but its layout has 8")
            if key[3] == EVALUATE and not self.options.held_out:
                raise Refused("this site keeps no examples apart to judge models on")
        except Refused as reason:
            return self._refuse(key, reason)
        if not update:  # else it was trained before a cut: no model is needed, and its upload goes on
            lacking = {i for i, digest in enumerate(manifest.digests) if self._chunk(digest) is None}
            self._task = {"key": key, "job": job, "manifest": manifest, "lacking": lacking}
        accepted = message(f1=bitmap(len(manifest.digests), lacking))
        self._wire.send(TASK_ANSWER, message(f1=encoded(key), f2=accepted))
        self._go_on_when_complete()

    def _refuse(self, key, reason):
        self._wire.send(TASK_ANSWER, message(f1=encoded(key), f3=message(f1=str(reason))))

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
        if not self._task or self._task["lacking"]:
            return
        task, self._task, self._delay = self._task, None, 0.5
        digests = task["manifest"].digests
        model = b"".join(self._chunk(digest) for digest in digests)
        for old in set(os.listdir(self._chunks)) - {digest.hex() for digest in digests}:
            os.remove(os.path.join(self._chunks, old))  # only the newest model is worth its disk
        line = struct.unpack("<2f", model)
        try:
            if not all(map(math.isfinite, line)):
                raise Refused("the model holds a value that is not finite")
            self._train(task, line) if task["key"][3] == TRAIN else self._evaluate(task, line)
        except Refused as reason:  # allowed after accepting too
            self._refuse(task["key"], reason)

    def _evaluate(self, task, line):
        points = self.options.held_out
        squares = sum(error(line, (0.0, 0.0), x, y) ** 2 for x, y in points)
        self._wire.send(EVALUATION_REPORT, message(f1=encoded(task["key"]), f2=float(squares), f3=len(points)))

    def _train(self, task, line):
        job, key, points = task["job"], encoded(task["key"]), self.options.points
        self._wire.send(TASK_PROGRESS, message(f1=key, f2=1, f3=0, f4=job.epochs))
        try:
            change = clipped(train(line, points, job.rate, job.epochs, self._wire.beat), job.norm)
        except OverflowError:
            change = [math.inf]
        if not all(abs(value) <= job.max_abs for value in change):  # so written, NaN does not pass
            raise Refused("training diverged: lower local.learning-rate")
        header = json.dumps({"key": task["key"], "weight": min(len(points), job.max_weight)}).encode()
        write_durably(self._update, header + b"\n" + struct.pack("<2f", *change))
        self._offer_update()

    # Up: the update stays on disk until its outcome is known.

    def _kept_update(self):
        try:
            with open(self._update, "rb") as file:
                header, blob = file.read().split(b"\n", 1)
        except FileNotFoundError:
            return None
        kept = json.loads(header)
        return {"key": tuple(kept["key"]), "weight": kept["weight"], "blob": blob}

    def _offer_update(self):
        update = self._kept_update()
        if update:
            manifest = Manifest.of(update["blob"]).encoded()
            self._wire.send(UPLOAD_OFFER, message(f1=encoded(update["key"]), f2=manifest, f3=update["weight"]))

    def _upload(self, key, lacking):
        update = self._kept_update()
        if not update or update["key"] != key:
            return
        starts = range(0, len(update["blob"]), CHUNK_BYTES)
        if len(lacking) != -(-len(starts) // 8):
            raise ProtocolError(f"{len(lacking)} bytes say which of {len(starts)} chunks are lacking")
        for i, start in enumerate(starts):
            if lacking[i // 8] >> i % 8 & 1:
                self._wire.send_chunk(key, i, update["blob"][start : start + CHUNK_BYTES])
        self._wire.send(UPLOAD_COMMIT, message(f1=encoded(key)))

    def _outcome(self, key, outcome):
        """The end of a task; the receipt is kept before the update goes."""
        code, reason, update = outcome.number(2), outcome.text(3), self._kept_update()
        if self._task and self._task["key"] == key:
            self._task = None  # taken back
        if self._held and self._held[0] == key:
            self._held = None
        if code == ACCEPTED:
            self._delay = 0.5
        else:
            print(f"{key} ended with code {code}: {reason}", file=sys.stderr, flush=True)
        if update and update["key"] == key:
            if code == ACCEPTED:
                receipt = os.path.join(self.options.home, "receipts", f"{key[0]}-{key[1]}")
                write_durably(receipt, outcome.data(6))
            os.remove(self._update)
            held, self._held = self._held, None
            if held:
                self._offered(*held)


def site_name(certificate):
    """The NAME of tributary://site/NAME, its only alternative name; in DER the length stands before a name."""
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
    parser.add_argument("--until-farewell", action="store_true", help="end with the run, with 1 if it failed")
    try:
        return Site(parser.parse_args()).serve()
    except (Final, OSError, ValueError) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

"""A trainer of a Tributary site in Python: the process protocol of docs/protocol.md in one file.

Needs NumPy and nothing else. A script makes an object with three methods and hands it to `serve`:

    plan(job)                        -> examples, steps, held_out      (whole numbers)
    train(parameters, task, site)    -> parameters, metrics            (arrays by name, numbers by name)
    evaluate(parameters, task, site) -> loss_total                     (sum over the held-out examples)

`job` is the job as JSON has it; `task` has round, and for training seed and learning-rate.
Call `site.progress(done, total)` between steps: it is cheap, and leaves the task when it is cancelled.
Raise `Refused("why")` for what this site will not do: the reason travels to the coordinator, so it
must hold no data. Everything printed goes to the site's log.
"""

import json
import os
import queue
import sys
import threading
import time

import numpy as np


class Refused(Exception):
    """This site will not do it; the reason travels."""


class _Cancelled(Exception):
    pass


class Site:
    """The site's end of the pipes."""

    def __init__(self):
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)  # whatever anybody prints must not get between the messages
        self._messages = queue.Queue()
        self._cancelled = threading.Event()
        self._spoke = 0.0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in sys.stdin.buffer:
            ((word, body),) = json.loads(line).items()
            if word == "cancel":
                self._cancelled.set()
            else:
                self._cancelled.clear()  # here, where words are in order: a cancel is never lost
                self._messages.put((word, body))
        os._exit(0)  # the site is gone: nobody wants what is being computed

    def _say(self, word, **body):
        message = {word: {key.replace("_", "-"): value for key, value in body.items()}}
        self._out.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        self._spoke = time.monotonic()

    def progress(self, done, total):
        """Says how far the task is, at most ten times a second, and leaves it if it is cancelled."""
        if self._cancelled.is_set():
            raise _Cancelled()
        if time.monotonic() - self._spoke > 0.1:
            self._say("progress", done=int(done), total=int(total))


def serve(trainer, software="python"):
    """Serves one site until it takes leave."""
    site = Site()
    files = plan = examples = held_out = None
    while True:
        word, body = site._messages.get()
        if word == "bye":
            return
        try:
            if word == "hello":
                files = body
                site._say("hello", version=1, software=software)
            elif word == "plan":
                plan = body
                examples, steps, held_out = trainer.plan(plan["job"])
                site._say("planned", examples=examples, steps=steps, held_out=held_out)
            elif word == "train":
                old = _read_parameters(files, plan)
                new, metrics = trainer.train({k: v.copy() for k, v in old.items()}, body, site)
                _write_update(files, plan, old, new)
                site._say("trained", examples=examples, metrics=metrics)
            elif word == "evaluate":
                loss = trainer.evaluate(_read_parameters(files, plan), body, site)
                site._say("evaluated", loss_total=float(loss), examples=held_out)
        except Refused as refusal:
            site._say("refused", reason=str(refusal)[:300])
        except _Cancelled:
            site._say("cancelled")


def _read_parameters(files, plan):
    flat = np.memmap(files["parameters"], "<f4", "r", shape=(plan["parameter-count"],))
    arrays = {}
    for tensor in plan["tensors"]:
        start, size = tensor["offset"], int(np.prod(tensor["shape"]))
        arrays[tensor["name"]] = flat[start : start + size].reshape(tensor["shape"])
    return arrays


def _write_update(files, plan, old, new):
    update = np.memmap(files["update"], "<f4", "r+", shape=(plan["update-count"],))
    at = 0
    for tensor in plan["tensors"]:
        if tensor["trainable"]:
            before = old[tensor["name"]]
            part = update[at : at + before.size].reshape(before.shape)
            np.subtract(new[tensor["name"]], before, out=part)
            at += before.size


def split(contents, share, seed):
    """Which examples are held out: a truth value for each of some byte strings.

    By content and seed alone, so that it is the same in every round, and no copy stands on both sides.
    """
    import hashlib

    prefix = str(seed).encode() + b":"
    words = (hashlib.sha256(prefix + content).digest()[:8] for content in contents)
    return np.array([int.from_bytes(word, "little") / 2.0**64 < share for word in words])


def batches(count, task, job):
    """The rows of each step, from the task's seed: epoch after epoch, each in a new order."""
    local = job["local"]
    size = local["batch-size"]
    done = epoch = 0
    while True:
        order = np.random.default_rng([task["seed"], epoch]).permutation(count)
        for first in range(0, count, size):
            if done == steps(count, job):
                return
            done += 1
            yield done, order[first : first + size]
        epoch += 1


def steps(count, job):
    """Steps of one training."""
    local = job["local"]
    if local.get("epochs") is None:
        return local["steps"]
    return local["epochs"] * -(-count // local["batch-size"])

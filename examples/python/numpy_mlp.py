"""Two layers (tanh, then softmax) in NumPy alone, on a CSV file: numpy_mlp.py DATA.csv

Takes part in any job whose tensors are W1 (f, h), b1 (h), W2 (h, c), b2 (c) in this order, whatever
they are called: with DL4J's names, beside sites that compute the same network with DL4J.
The last column is the label, one of the job's data.classes.
"""

import csv
import sys

import numpy as np

import tributary_site
from tributary_site import Refused


class Perceptron:
    def __init__(self, path):
        with open(path, newline="") as file:
            rows = list(csv.reader(file))[1:]
        self.labels = [row[-1] for row in rows]
        self.features = np.array([row[:-1] for row in rows], dtype=np.float32)
        self.contents = [",".join(row).encode() for row in rows]

    def plan(self, job):
        classes = job["data"].get("classes") or []
        if not set(self.labels) <= set(classes):
            raise Refused("a label of this site is not among the job's data.classes")
        self.job = job
        self.answers = np.eye(len(classes), dtype=np.float32)[[classes.index(l) for l in self.labels]]
        held_out = tributary_site.split(self.contents, job["data"]["held-out-share"], job["seed"])
        self.training, self.held_out = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        if not len(self.training) or not len(self.held_out):
            raise Refused("this site has too few examples to train on some and judge by others")
        return len(self.training), tributary_site.steps(len(self.training), job), len(self.held_out)

    def forward(self, tensors, rows):
        w1, b1, w2, b2 = tensors
        hidden = np.tanh(self.features[rows] @ w1 + b1)
        logits = hidden @ w2 + b2
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(axis=1, keepdims=True)
        losses = -np.log(np.maximum((chances * self.answers[rows]).sum(axis=1), 1e-10))
        return hidden, chances, losses

    def train(self, parameters, task, site):
        w1, b1, w2, b2 = tensors = list(parameters.values())
        rate = np.float32(task["learning-rate"])
        total = tributary_site.steps(len(self.training), self.job)
        losses = []
        for step, chosen in tributary_site.batches(len(self.training), task, self.job):
            rows = self.training[chosen]
            hidden, chances, loss = self.forward(tensors, rows)
            losses.append(loss.mean())
            back = (chances - self.answers[rows]) / np.float32(len(rows))
            inner = (back @ w2.T) * (1 - hidden * hidden)
            w2 -= rate * (hidden.T @ back)
            b2 -= rate * back.sum(axis=0)
            w1 -= rate * (self.features[rows].T @ inner)
            b1 -= rate * inner.sum(axis=0)
            site.progress(step, total)
        return parameters, {"training-loss-nats-per-token": float(np.mean(losses))}

    def evaluate(self, parameters, task, site):
        _, _, losses = self.forward(list(parameters.values()), self.held_out)
        return losses.sum()


if __name__ == "__main__":
    tributary_site.serve(Perceptron(sys.argv[1]), "numpy_mlp")

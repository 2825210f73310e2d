"""The two layers of numpy_mlp.py in PyTorch, with its autograd and its optimizer: pytorch_mlp.py DATA.csv

Reads its data and splits it as numpy_mlp.py does; only the training is PyTorch's.
"""

import sys

import numpy as np
import torch

import numpy_mlp
import tributary_site


class TorchPerceptron(numpy_mlp.Perceptron):
    def loss(self, tensors, rows):
        w1, b1, w2, b2 = tensors
        hidden = torch.tanh(torch.from_numpy(self.features[rows]) @ w1 + b1)
        labels = torch.from_numpy(self.answers[rows].argmax(axis=1))
        return torch.nn.functional.cross_entropy(hidden @ w2 + b2, labels, reduction="none")

    def train(self, parameters, task, site):
        tensors = [torch.from_numpy(value).requires_grad_() for value in parameters.values()]
        optimizer = torch.optim.SGD(tensors, lr=task["learning-rate"])
        total = tributary_site.steps(len(self.training), self.job)
        losses = []
        for step, chosen in tributary_site.batches(len(self.training), task, self.job):
            loss = self.loss(tensors, self.training[chosen]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            site.progress(step, total)
        return parameters, {"training-loss-nats-per-token": float(np.mean(losses))}

    def evaluate(self, parameters, task, site):
        with torch.no_grad():
            tensors = [torch.from_numpy(np.array(value)) for value in parameters.values()]
            return self.loss(tensors, self.held_out).double().sum().item()


if __name__ == "__main__":
    tributary_site.serve(TorchPerceptron(sys.argv[1]), "pytorch_mlp " + torch.__version__)

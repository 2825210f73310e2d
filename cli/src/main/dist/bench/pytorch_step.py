"""Times the training step of `tributary bench train` in PyTorch: same sizes, same work.

Arguments: kind (gpt or bert), vocabulary width layers heads feed_forward context batch threads
steps classes. A gpt predicts the next token at each position; a bert classifies sequences by the
mean of their last vectors.
Prints one line: a step in milliseconds, the median by the clock and the mean of processor time.
"""
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

KIND = sys.argv[1]
V, D, LAYERS, HEADS, FF, T, B, THREADS, STEPS, CLASSES = map(int, sys.argv[2:12])
WARM_UP = 5
torch.set_num_threads(THREADS)
torch.manual_seed(1)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)

    def forward(self, x, mask):
        b, t, _ = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-1, -2)) / math.sqrt(D // HEADS) + mask
        return self.out((a.softmax(-1) @ v).transpose(1, 2).reshape(b, t, D))


class Block(nn.Module):
    """Norms before the sublayers for gpt (tanh GELU), after them for bert (erf GELU)."""

    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.attention = Attention()
        self.up, self.down = nn.Linear(D, FF), nn.Linear(FF, D)

    def forward(self, x, mask):
        if KIND == "gpt":
            x = x + self.attention(self.n1(x), mask)
            return x + self.down(F.gelu(self.up(self.n2(x)), approximate="tanh"))
        x = self.n1(x + self.attention(x, mask))
        return self.n2(x + self.down(F.gelu(self.up(x))))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.positions = nn.Parameter(torch.randn(T, D) * 0.02)
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(D)
        self.classifier = nn.Linear(D, CLASSES) if KIND == "bert" else None
        # What is added to scores: gpt hides later positions, bert absent ones (none here).
        hidden = torch.triu(torch.ones(T, T), 1).bool()
        causal = torch.zeros(1, 1, T, T).masked_fill(hidden, float("-inf"))
        self.register_buffer("mask", causal if KIND == "gpt" else torch.zeros(B, 1, 1, T))

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions
        if KIND == "bert":
            x = self.norm(x)
        for block in self.blocks:
            x = block(x, self.mask)
        if KIND == "bert":
            return self.classifier(x.mean(1))
        return (self.norm(x) @ self.embedding.weight.t()).reshape(-1, V)


model = Transformer()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=True)
tokens = torch.randint(0, V, (B, T))
targets = torch.randint(0, CLASSES, (B,)) if KIND == "bert" else torch.randint(0, V, (B * T,))
millis = []
for step in range(WARM_UP + STEPS):
    if step == WARM_UP:
        processor_start = time.process_time()
    start = time.perf_counter()
    loss = F.cross_entropy(model(tokens), targets)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    millis.append((time.perf_counter() - start) * 1e3)
millis = sorted(millis[WARM_UP:])
processor_millis = (time.process_time() - processor_start) * 1e3 / STEPS
print("%.3f %.3f" % (millis[len(millis) // 2], processor_millis))

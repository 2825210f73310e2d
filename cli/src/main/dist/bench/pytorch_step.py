"""Times the training step of `tributary bench train` in PyTorch: same sizes, same work.

Arguments: vocabulary width layers heads feed_forward context batch threads steps
Prints one line: the median step in milliseconds.
"""
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

V, D, LAYERS, HEADS, FF, T, B, THREADS, STEPS = map(int, sys.argv[1:10])
WARM_UP = 5
torch.set_num_threads(THREADS)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, FF), nn.Linear(FF, D)

    def forward(self, x, mask):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, t, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        a = (q @ k.transpose(-1, -2)) / math.sqrt(D // HEADS)
        a = a.masked_fill(mask, float("-inf")).softmax(-1)
        x = x + self.out((a @ v).transpose(1, 2).reshape(b, t, D))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.positions = nn.Parameter(torch.randn(T, D) * 0.02)
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(D)
        self.register_buffer("mask", torch.triu(torch.ones(T, T), 1).bool())

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions
        for block in self.blocks:
            x = block(x, self.mask)
        return self.norm(x) @ self.embedding.weight.t()


model = Decoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
tokens = torch.randint(0, V, (B, T))
targets = torch.randint(0, V, (B, T))
millis = []
for _ in range(WARM_UP + STEPS):
    start = time.perf_counter()
    loss = F.cross_entropy(model(tokens).reshape(-1, V), targets.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    millis.append((time.perf_counter() - start) * 1e3)
millis = sorted(millis[WARM_UP:])
print("%.3f" % millis[len(millis) // 2])

"""Times the greedy decoding of `tributary bench decode` in PyTorch: same sizes, keys and values kept.

Arguments: vocabulary width layers heads feed_forward context tokens threads
Prints one line: tokens a second, of the median round.
"""
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

V, D, LAYERS, HEADS, FF, T, TOKENS, THREADS = map(int, sys.argv[1:9])
WARM_UP, ROUNDS = 3, 5
torch.set_num_threads(THREADS)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.out = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, FF), nn.Linear(FF, D)
        # Filled in place: faster than joining arrays at every step.
        self.register_buffer("keys", torch.zeros(1, HEADS, T, D // HEADS))
        self.register_buffer("values", torch.zeros(1, HEADS, T, D // HEADS))

    def forward(self, x, at, mask):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, t, 3, HEADS, D // HEADS).permute(2, 0, 3, 1, 4)
        self.keys[:, :, at : at + t] = k
        self.values[:, :, at : at + t] = v
        a = (q @ self.keys[:, :, : at + t].transpose(-1, -2)) / math.sqrt(D // HEADS)
        if mask is not None:
            a = a.masked_fill(mask, float("-inf"))
        seen = a.softmax(-1) @ self.values[:, :, : at + t]
        x = x + self.out(seen.transpose(1, 2).reshape(b, t, D))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        self.positions = nn.Parameter(torch.randn(T, D) * 0.02)
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(D)

    def forward(self, tokens, at):
        t = tokens.shape[1]
        mask = torch.triu(torch.ones(t, t), 1).bool() if t > 1 else None
        x = self.embedding(tokens) + self.positions[at : at + t]
        for block in self.blocks:
            x = block(x, at, mask)
        return self.norm(x[:, -1:]) @ self.embedding.weight.t()


model = Decoder().eval()
prompt = torch.randint(0, V, (1, T - TOKENS))
rates = []
with torch.inference_mode():
    for _ in range(WARM_UP + ROUNDS):
        logits = model(prompt, 0)
        start = time.perf_counter()
        for i in range(TOKENS):
            logits = model(logits[:, -1].argmax(-1, keepdim=True), T - TOKENS + i)
        rates.append(TOKENS / (time.perf_counter() - start))
rates = sorted(rates[WARM_UP:])
print("%.3f" % rates[len(rates) // 2])

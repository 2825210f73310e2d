"""Reads a safetensors file with NumPy alone and compares it with our flat vector, by its own account
of where each tensor comes from. Arguments: family, the file, our vector, its layout. Prints JSON."""
import hashlib
import json
import struct
import sys

import numpy as np


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__")
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = entry["data_offsets"]
        assert start == end, name
        end = stop
        dtype = {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
        tensors[name] = np.frombuffer(data[start:stop], dtype).reshape(entry["shape"])
    assert end == len(data) and (8 + length) % 8 == 0
    return tensors


def expected(family, ours):
    """Theirs by name, each made of ours: matrices of ours are (in, out)."""
    layers = len([name for name in ours if name.endswith("attention.output.weight")])
    token = ours["token.embedding"]
    width = token.shape[1]
    theirs = {}
    if family == "llama":
        theirs["model.embed_tokens.weight"] = token
        theirs["model.norm.weight"] = ours["final.norm.gain"]
        if "head.weight" in ours:
            theirs["lm_head.weight"] = ours["head.weight"].T
    elif family == "gpt2":
        theirs["transformer.wte.weight"] = token
        theirs["transformer.wpe.weight"] = ours["position.embedding"]
        theirs["transformer.ln_f.weight"] = ours["final.norm.gain"]
        theirs["transformer.ln_f.bias"] = ours["final.norm.bias"]
        if "head.weight" in ours:
            theirs["lm_head.weight"] = ours["head.weight"].T
    else:
        theirs["embeddings.word_embeddings.weight"] = token
        theirs["embeddings.position_embeddings.weight"] = ours["position.embedding"]
        theirs["embeddings.token_type_embeddings.weight"] = np.zeros((2, width), "<f4")
        theirs["embeddings.LayerNorm.weight"] = ours["embedding.norm.gain"]
        theirs["embeddings.LayerNorm.bias"] = ours["embedding.norm.bias"]
    for layer in range(layers):
        us = lambda name: ours["layer.%d.%s" % (layer, name)]
        joined = us("attention.input.weight")
        shared = (joined.shape[1] - width) // 2
        parts = np.split(joined, [width, width + shared], axis=1)
        if family == "llama":
            to = "model.layers.%d." % layer
            for name, part in zip("qkv", parts):
                theirs[to + "self_attn.%s_proj.weight" % name] = part.T
            theirs[to + "self_attn.o_proj.weight"] = us("attention.output.weight").T
            gate, up = np.split(us("feedforward.input.weight"), 2, axis=1)
            theirs[to + "mlp.gate_proj.weight"] = gate.T
            theirs[to + "mlp.up_proj.weight"] = up.T
            theirs[to + "mlp.down_proj.weight"] = us("feedforward.output.weight").T
            theirs[to + "input_layernorm.weight"] = us("attention.norm.gain")
            theirs[to + "post_attention_layernorm.weight"] = us("feedforward.norm.gain")
        elif family == "gpt2":
            to = "transformer.h.%d." % layer
            for name, part in [
                ("attn.c_attn", "attention.input"),
                ("attn.c_proj", "attention.output"),
                ("mlp.c_fc", "feedforward.input"),
                ("mlp.c_proj", "feedforward.output"),
            ]:
                theirs[to + name + ".weight"] = us(part + ".weight")
                theirs[to + name + ".bias"] = us(part + ".bias")
            for name, part in [("ln_1", "attention.norm"), ("ln_2", "feedforward.norm")]:
                theirs[to + name + ".weight"] = us(part + ".gain")
                theirs[to + name + ".bias"] = us(part + ".bias")
        else:
            to = "encoder.layer.%d." % layer
            biases = np.split(us("attention.input.bias"), 3)
            for name, part, bias in zip(["query", "key", "value"], parts, biases):
                theirs[to + "attention.self.%s.weight" % name] = part.T
                theirs[to + "attention.self.%s.bias" % name] = bias
            for name, part in [
                ("attention.output.dense", "attention.output"),
                ("intermediate.dense", "feedforward.input"),
                ("output.dense", "feedforward.output"),
            ]:
                theirs[to + name + ".weight"] = us(part + ".weight").T
                theirs[to + name + ".bias"] = us(part + ".bias")
            for name, part in [
                ("attention.output.LayerNorm", "attention.norm"),
                ("output.LayerNorm", "feedforward.norm"),
            ]:
                theirs[to + name + ".weight"] = us(part + ".gain")
                theirs[to + name + ".bias"] = us(part + ".bias")
    return theirs


family, path, vector, layout = sys.argv[1:]
flat = np.fromfile(vector, "<f4")
ours = {}
for name, offset, shape in json.loads(layout):
    ours[name] = flat[offset : offset + int(np.prod(shape))].reshape(shape)
found, wanted = read(path), expected(family, ours)
assert sorted(found) == sorted(wanted), (sorted(found), sorted(wanted))
for name, values in wanted.items():
    assert found[name].shape == values.shape, name
    assert np.array_equal(found[name], values.astype(found[name].dtype)), name
print(
    json.dumps(
        {name: hashlib.sha256(values.tobytes()).hexdigest() for name, values in found.items()}
    )
)

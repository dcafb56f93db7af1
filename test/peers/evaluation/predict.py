"""Predictions of fixtures/digits/finetuned for real digits, as JSON Lines on stdout: predict.py DIGITS"""

import json
import os
import struct
import sys

import numpy as np

digits = sys.argv[1]
with open(os.path.join(digits, "finetuned/model.safetensors"), "rb") as file:
    data = file.read()
start = 8 + struct.unpack("<Q", data[:8])[0]
tensors = {}
for name, entry in json.loads(data[8:start]).items():
    if name != "__metadata__":
        begin, end = (start + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"]).astype(np.float64)

with open(os.path.join(digits, "data/test.csv")) as file:
    table = np.array([line.split(",") for line in file.read().split()[1:]], dtype=np.float64)
labels, hidden = table[:, 0].astype(int), table[:, 1:] / 16
for layer in range(3):
    hidden = hidden @ tensors[f"layers.{layer}.weight"].T + tensors[f"layers.{layer}.bias"]
    if layer < 2:
        hidden = np.maximum(hidden, 0)
for label, outputs, ink in zip(labels, hidden, table[:, 1:].sum(axis=1)):
    row = {
        "y": int(label),
        "y_hat": int(outputs.argmax()),
        "three": float(outputs[3]),
        "ink": "heavy" if ink > 320 else "light",
    }
    print(json.dumps(row))

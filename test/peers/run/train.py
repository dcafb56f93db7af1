"""A training loop as people write it: NumPy, a JSONL log, TensorBoard, safetensors. train.py DATA OUT EPOCHS"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tensorboardX import SummaryWriter

data, out, epochs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
with open(data / "train.csv", newline="") as file:
    rows = np.array([[int(value) for value in row] for row in list(csv.reader(file))[1:]])
labels, pixels = rows[:, 0], rows[:, 1:] / 16
weight, bias = np.zeros((64, 10)), np.zeros(10)

out.mkdir()
with open(out / "train.jsonl", "w") as log, SummaryWriter(str(out / "board")) as board:
    for epoch in range(1, epochs + 1):
        scores = pixels @ weight + bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        loss = float(-np.log(odds[np.arange(len(labels)), labels]).mean())
        error = (odds - np.eye(10)[labels]) / len(labels)
        weight -= 2.0 * pixels.T @ error
        bias -= 2.0 * error.sum(axis=0)
        log.write(json.dumps({"epoch": epoch, "loss": loss}) + "\n")
        board.add_scalar("loss", loss, epoch)
        print(f"epoch {epoch}: loss {loss:.4f}", flush=True)
save_file({"weight": weight.astype(np.float32), "bias": bias.astype(np.float32)}, out / "model.safetensors")
print("done", file=sys.stderr)

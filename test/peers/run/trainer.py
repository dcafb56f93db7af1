"""A loop in the manner of a Hugging Face Trainer: callbacks, a JSONL log, checkpoint-N folders of which two are kept, and a
trainer_state.json in each. NumPy does the work. trainer.py DATA OUT STEPS"""

import csv
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


@dataclass
class Arguments:
    output_dir: Path
    max_steps: int
    logging_steps: int = 5
    save_steps: int = 10
    save_total_limit: int = 2
    learning_rate: float = 2.0


class JsonlCallback:
    """What a trainer reports goes to a file, one JSON object a line, flushed as it comes."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1)

    def on_log(self, logs):
        self.file.write(json.dumps(logs) + "\n")


class Trainer:
    def __init__(self, args, pixels, labels, callbacks):
        self.args, self.pixels, self.labels, self.callbacks = args, pixels, labels, callbacks
        self.weight, self.bias, self.history = np.zeros((64, 10)), np.zeros(10), []

    def training_step(self):
        scores = self.pixels @ self.weight + self.bias
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        error = (odds - np.eye(10)[self.labels]) / len(self.labels)
        self.weight -= self.args.learning_rate * self.pixels.T @ error
        self.bias -= self.args.learning_rate * error.sum(axis=0)
        return float(-np.log(odds[np.arange(len(self.labels)), self.labels]).mean())

    def save_model(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {"weight": self.weight.astype(np.float32), "bias": self.bias.astype(np.float32)}
        save_file(tensors, folder / "model.safetensors")

    def save_checkpoint(self, step):
        folder = self.args.output_dir / f"checkpoint-{step}"
        self.save_model(folder)
        state = {"global_step": step, "log_history": self.history}
        (folder / "trainer_state.json").write_text(json.dumps(state, indent=2))
        kept = sorted(self.args.output_dir.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
        for old in kept[: -self.args.save_total_limit]:
            shutil.rmtree(old)

    def train(self):
        for step in range(1, self.args.max_steps + 1):
            loss = self.training_step()
            if step % self.args.logging_steps == 0:
                logs = {"loss": round(loss, 4), "step": step}
                self.history.append(logs)
                for callback in self.callbacks:
                    callback.on_log(logs)
                print(logs, flush=True)
            if step % self.args.save_steps == 0:
                self.save_checkpoint(step)
                time.sleep(2.5)  # As if the steps took their time: who watches looks once a second.


with open(Path(sys.argv[1]) / "train.csv", newline="") as file:
    rows = np.array([[int(value) for value in row] for row in list(csv.reader(file))[1:]])
runs = Path("runs")
runs.mkdir()
args = Arguments(output_dir=runs, max_steps=int(sys.argv[3]))
trainer = Trainer(args, rows[:, 1:] / 16, rows[:, 0], [JsonlCallback(runs / "log.jsonl")])
trainer.train()
trainer.save_model(Path(sys.argv[2]))

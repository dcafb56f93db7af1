"""Stands in for a fine-tune: nudges one tensor of a safetensors file. Prints that tensor's name."""

import sys

import numpy as np
from safetensors.numpy import load_file, save_file

NAME = "encoder.layer.5.output.dense.weight"

source, target, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
tensors = load_file(source)
step = np.random.default_rng(seed).standard_normal(tensors[NAME].shape).astype(np.float32)
tensors[NAME] = tensors[NAME] + np.float32(1e-3) * step
save_file(tensors, target, metadata={"format": "pt"})
print(NAME)

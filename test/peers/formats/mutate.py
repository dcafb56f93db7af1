"""Writes malformed and slightly changed files, and says which of them the packages' own readers accept.

    python mutate.py FOLDER      prints {file: root of its tensor tree, or null where the reader refuses} as JSON
"""

import json
import pathlib
import struct
import sys

import numpy as np
from safetensors.numpy import save

from leaves import tensor_tree
from write import read_gguf, read_safetensors, write_gguf

F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
NEXT = {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}
HOSTILE = {
    "not-json": "{",
    "not-an-object": "[]",
    "two-documents": '{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}{}',
    "no-dtype": {"a": {"shape": [2], "data_offsets": [0, 8]}},
    "no-shape": {"a": {"dtype": "F32", "data_offsets": [0, 8]}},
    "no-offsets": {"a": {"dtype": "F32", "shape": [2]}},
    "unknown-dtype": {"a": F32 | {"dtype": "F31"}},
    "dtype-in-lower-case": {"a": F32 | {"dtype": "f32"}},
    "shape-too-small": {"a": F32 | {"shape": [1]}},
    "shape-negative": {"a": F32 | {"shape": [-2]}},
    "shape-fraction": {"a": F32 | {"shape": [2.5]}},
    "shape-overflow": {"a": F32 | {"shape": [2**32, 2**32, 2]}},
    "shape-text": {"a": F32 | {"shape": ["2"]}},
    "offsets-reversed": {"a": F32 | {"data_offsets": [8, 0]}},
    "offsets-three": {"a": F32 | {"data_offsets": [0, 4, 8]}},
    "offsets-past-the-end": {"a": F32, "b": NEXT | {"data_offsets": [16, 24]}},
    "overlap": {"a": F32, "b": NEXT | {"data_offsets": [4, 12]}},
    "same-bytes-twice": {"a": F32, "b": F32},
    "hole-at-the-start": {"a": NEXT},
    "hole-at-the-end": {"a": F32},
    "metadata-not-text": {"__metadata__": {"n": 1}, "a": F32, "b": NEXT},
    "metadata-nested": {"__metadata__": {"n": {}}, "a": F32, "b": NEXT},
    "metadata-a-list": {"__metadata__": [], "a": F32, "b": NEXT},
}
DATA = bytes(range(16))


def framed(header, length=None):
    text = header if isinstance(header, bytes) else (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + DATA


def write_safetensors(folder):
    for name, header in HOSTILE.items():
        (folder / f"hostile-{name}.safetensors").write_bytes(framed(header))
    good = {"a": F32, "b": NEXT}
    (folder / "hostile-length-2-63.safetensors").write_bytes(framed(good, 2**63))
    (folder / "hostile-length-past-the-end.safetensors").write_bytes(framed(good, 10**6))
    (folder / "hostile-length-zero.safetensors").write_bytes(framed(good, 0))
    (folder / "hostile-trailing.safetensors").write_bytes(framed(good) + b"\0")
    (folder / "hostile-not-utf-8.safetensors").write_bytes(framed(json.dumps(good).encode().replace(b'"a"', b'"\xff"')))
    (folder / "hostile-empty.safetensors").write_bytes(b"")
    sound = save({"model.layers.0.weight": np.arange(3, dtype=np.float32), "lm_head": np.arange(4, dtype=np.int8).reshape(2, 2)}, {"format": "np"})
    header = 8 + struct.unpack_from("<Q", sound)[0]
    for at in range(header):
        for bit in (0, 3, 7):
            changed = bytearray(sound)
            changed[at] ^= 1 << bit
            (folder / f"bit-{at:03d}-{bit}.safetensors").write_bytes(changed)
    for length in range(1, len(sound)):
        (folder / f"cut-{length:03d}.safetensors").write_bytes(sound[:length])


def cut_gguf(folder):
    """Every file that write.py makes, cut short; what lies past the magic must be refused where the reader does."""
    write_gguf(folder)
    for path in sorted(folder.glob("*.gguf")):
        whole = path.read_bytes()
        path.unlink()
        for length in sorted({*range(8, min(len(whole), 400), 9), len(whole) - 1, len(whole) // 2}):
            (folder / f"cut-{path.stem}-{length:05d}.gguf").write_bytes(whole[:length])


def verdict(path):
    try:
        return tensor_tree(list((read_gguf if path.suffix == ".gguf" else read_safetensors)(path))).hex()
    except Exception:  # whatever the reader raises is a refusal
        return None


def main():
    folder = pathlib.Path(sys.argv[1])
    write_safetensors(folder)
    cut_gguf(folder)
    json.dump({path.name: verdict(path) for path in sorted(folder.iterdir())}, sys.stdout)


if __name__ == "__main__":
    main()

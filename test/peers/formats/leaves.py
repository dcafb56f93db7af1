"""The tensor tree of docs/formats over tensors in memory, with SHA-256 in its chunk leaves."""

import hashlib
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "trees"))

from merkle import root  # noqa: E402  (the other peer's, which knows RFC 9162 alone)

CHUNK = 16 * 1024 * 1024


def chunk_tree(data):
    return root(
        [b"stemma/chunk/v1\0\x12\x20" + hashlib.sha256(data[n : n + CHUNK]).digest() for n in range(0, len(data), CHUNK)]
    )


def tensor_tree(tensors):
    """The root over (name, dtype, shape, data), in any order."""
    leaves = []
    for name, dtype, shape, data in sorted(tensors, key=lambda tensor: tensor[0].encode()):
        leaf = b"stemma/tensor/v1\0" + struct.pack(">I", len(name.encode())) + name.encode()
        leaf += bytes([len(dtype)]) + dtype.encode() + struct.pack(f">B{len(shape)}Q", len(shape), *shape)
        leaves.append(leaf + struct.pack(">Q", len(data)) + chunk_tree(data))
    return root(leaves)

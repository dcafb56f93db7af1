"""Where the header and each tensor of a safetensors or GGUF file lie. For well-formed files: it refuses little."""

import json
import math
import struct
from typing import NamedTuple

# GGUF value types of fixed size; 8 is a string and 9 an array.
SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, ARRAY, UINT32 = 8, 9, 4


class Tensor(NamedTuple):
    name: str
    dtype: str
    shape: tuple
    offset: int  # from the start of the file
    length: int


class Container(NamedTuple):
    format: str
    header: int  # the header is [0, header)
    tensors: list


def read_container(name, data, single, ggml_types):
    """The container in `data`, or None where the whole file is one region."""
    if data[:8] == b"GGUF" + struct.pack("<I", 3):
        return gguf(data, ggml_types)
    if name.endswith(".safetensors"):
        return safetensors(data)
    if single:
        try:
            return safetensors(data)
        except (ValueError, KeyError, TypeError, AttributeError, struct.error):
            return None
    return None


def safetensors(data):
    (length,) = struct.unpack_from("<Q", data)
    header = 8 + length
    if header > len(data):
        raise ValueError("the header is longer than the file")
    entries = json.loads(data[8:header].decode("utf-8"))
    entries.pop("__metadata__", None)
    tensors = []
    for name, entry in entries.items():
        start, end = entry["data_offsets"]
        tensors.append(Tensor(name, entry["dtype"], tuple(entry["shape"]), header + start, end - start))
    if header + sum(tensor.length for tensor in tensors) != len(data):
        raise ValueError("the tensors do not cover the file")
    return Container("safetensors", header, tensors)


def gguf(data, ggml_types):
    at = 24
    tensor_count, pair_count = struct.unpack_from("<QQ", data, 8)

    def take(layout):
        nonlocal at
        values = struct.unpack_from("<" + layout, data, at)
        at += struct.calcsize("<" + layout)
        return values if len(values) > 1 else values[0]

    def text():
        nonlocal at
        length = take("Q")
        at += length
        return data[at - length : at].decode("utf-8")

    def skip(kind):
        nonlocal at
        if kind == STRING:
            text()
        elif kind == ARRAY:
            of, count = take("IQ")
            for _ in range(count):
                skip(of)
        else:
            at += SCALARS[kind]

    alignment = 32
    for _ in range(pair_count):
        key, kind = text(), take("I")
        if key == "general.alignment" and kind == UINT32:
            alignment = take("I")
        else:
            skip(kind)
    infos = []
    for _ in range(tensor_count):
        name, rank = text(), take("I")
        sizes = [take("Q") for _ in range(rank)]
        infos.append((name, sizes, take("I"), take("Q")))
    start = -(-at // alignment) * alignment
    tensors = []
    for name, sizes, type_id, offset in infos:
        dtype, block, block_bytes = ggml_types[type_id]
        length = math.prod(sizes) // block * block_bytes
        tensors.append(Tensor(name, dtype, tuple(reversed(sizes)), start + offset, length))
    return Container("gguf", at, tensors)

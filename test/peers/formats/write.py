"""Writes files with the `safetensors` and `gguf` packages, reads them back with them, and says what they hold.

    python write.py FOLDER      prints {file: {format, root, tensors: {dtype: count}, parameters}} as JSON

`root` is the root of the file's tensor tree with SHA-256, from what the packages' own readers return.
"""

import json
import math
import pathlib
import struct
import sys

import gguf
import numpy as np
import safetensors
from gguf.constants import GGML_QUANT_SIZES
from safetensors.numpy import save_file

from leaves import tensor_tree

RNG = np.random.default_rng(3)
NATIVE = ("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64", "complex64")
# Types that NumPy lacks, by their name in the header, with the bits of one element.
OTHER = {"BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}


def noise(*shape):
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def by_hand(path, header, data):
    """A safetensors file from a header object; for what the package reads but has no NumPy type to write."""
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_safetensors(folder):
    save_file({name: noise(3, 2, 5 * np.dtype(name).itemsize).view(name) for name in NATIVE}, folder / "native.safetensors")
    save_file({"scalar": np.array(2.5), "none": np.zeros((0, 7), np.float32), "one": np.ones((1, 1, 1), np.int8)},
              folder / "shapes.safetensors", metadata={"format": "np", "ü": "\u2028 \U0001f9ec", "empty": ""})
    save_file({"späce é/\U0001f9ec": np.arange(5.0), "\uffff": np.arange(3.0), "\U00010000": np.arange(2.0), "": np.arange(4.0), "a\"b\\c": np.arange(1.0)},
              folder / "names.safetensors")
    save_file({f"layer.{n}.weight": noise(n % 7, 3) for n in range(400)}, folder / "many.safetensors")
    save_file({}, folder / "nothing.safetensors", metadata={"only": "metadata"})
    save_file({"big": noise(2200, 8192), "small": noise(5)}, folder / "chunks.safetensors")
    header, data = {}, b""
    for dtype, bits in OTHER.items():
        body = noise(8 * 24 * bits // 8).tobytes()
        header[dtype.lower()] = {"dtype": dtype, "shape": [8, 24], "data_offsets": [len(data), len(data) + len(body)]}
        data += body
    by_hand(folder / "other.safetensors", header, data)


def write_gguf(folder):
    writer = gguf.GGUFWriter(str(folder / "types.gguf"), "peer")
    for kind, (block, size) in GGML_QUANT_SIZES.items():
        if kind.name == "Q8_1":  # 40 bytes to the package, 36 to ggml itself (docs/formats/containers.md)
            continue
        if block > 1:
            writer.add_tensor(f"t.{kind.name}", noise(3, 2 * size), raw_dtype=kind)
        else:
            writer.add_tensor(f"t.{kind.name}", noise(3, 5 * size), raw_shape=(3, 5 * size), raw_dtype=kind)
    finish(writer)

    writer = gguf.GGUFWriter(str(folder / "values.gguf"), "peer")
    for name, value in (("uint8", 255), ("int8", -128), ("uint16", 65535), ("int16", -1), ("uint32", 7), ("int32", -7),
                        ("uint64", 2**64 - 1), ("int64", -(2**63)), ("float32", 1.5), ("float64", -0.0), ("bool", True)):
        getattr(writer, f"add_{name}")(f"peer.{name}", value)
    writer.add_string("peer.string", "\u00fc \U0001f9ec\n{{ template }}")
    writer.add_array("peer.strings", ["", "a", "\u2028"])
    writer.add_array("peer.numbers", list(range(1000)))
    writer.add_chat_template("{{ messages }}")
    writer.add_tensor("w", np.arange(11, dtype=np.float32))
    writer.add_tensor("four.dimensions", np.arange(120, dtype=np.float16).reshape(2, 3, 4, 5))
    finish(writer)

    writer = gguf.GGUFWriter(str(folder / "aligned.gguf"), "peer")
    writer.add_custom_alignment(256)
    writer.data_alignment = 256
    for n in range(5):
        writer.add_tensor(f"row.{n}", np.arange(n + 1, dtype=np.float32))
    finish(writer)

    writer = gguf.GGUFWriter(str(folder / "nothing.gguf"), "peer")
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_safetensors(path):
    for name, tensor in safetensors.deserialize(path.read_bytes()):
        yield name, tensor["dtype"], tuple(tensor["shape"]), bytes(tensor["data"])


def read_gguf(path):
    for tensor in gguf.GGUFReader(path).tensors:
        shape = tuple(int(extent) for extent in reversed(tensor.shape))
        yield tensor.name, tensor.tensor_type.name, shape, tensor.data.tobytes()


def describe(path):
    read = read_gguf if path.suffix == ".gguf" else read_safetensors
    tensors = list(read(path))
    counts = {}
    for _, dtype, _, _ in tensors:
        counts[dtype] = counts.get(dtype, 0) + 1
    return {
        "format": path.suffix[1:],
        "root": tensor_tree(tensors).hex(),
        "tensors": counts,
        "parameters": sum(math.prod(shape) for _, _, shape, _ in tensors),
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    write_safetensors(folder)
    write_gguf(folder)
    json.dump({path.name: describe(path) for path in sorted(folder.iterdir())}, sys.stdout)


if __name__ == "__main__":
    main()

"""Recomputes the roots of models and logs from docs/formats alone, sharing no code with the command.

    python check.py [--digest sha256] [--log] PATH…     prints {PATH: its DigestSet, sizes and roots} as JSON

It reads files whole, and follows the pages' order and words; what it does not need for well-formed input it leaves out.
"""

import argparse
import hashlib
import json
import math
import pathlib
import re
import struct
import sys

import blake3

from containers import read_container
from merkle import root

CHUNK = 16 * 1024 * 1024
SIDE_FILES = ("model.sig", "model.attestations.jsonl", "model.manifest.jsonl")
LEFT_OUT = (*SIDE_FILES, ".git", ".gitattributes", ".github", ".gitignore", ".cache/huggingface")
FORMATS = pathlib.Path(__file__).resolve().parents[3] / "docs/formats"

sha256 = lambda data: hashlib.sha256(data).digest()
u32 = lambda value: struct.pack(">I", value)
u64 = lambda value: struct.pack(">Q", value)


def ggml_types():
    """{id: (name, elements in a block, bytes of a block)} from the table in docs/formats."""
    row = re.compile(r"^\| *(\d+) *\| *`?([A-Z0-9_]+)`? *\| *(\d+) *\| *(\d+) *\|$", re.M)
    text = "".join(page.read_text(encoding="utf-8") for page in sorted(FORMATS.glob("*.md")))
    return {int(number): (name, int(block), int(size)) for number, name, block, size in row.findall(text)}


def multihash(kind, data):
    if kind == "sha256":
        return b"\x12\x20" + sha256(data)
    return b"\x1e\x20" + blake3.blake3(data).digest()


def segments(container, size):
    """(offset, length) of every segment: regions cut from their start into chunks."""
    if container is None:
        regions, at = [], 0
    else:
        regions, at = [(0, container.header)], container.header
        for tensor in sorted(container.tensors, key=lambda tensor: tensor.offset):
            if tensor.length == 0:
                continue
            if tensor.offset > at:
                regions.append((at, tensor.offset - at))
            regions.append((tensor.offset, tensor.length))
            at = tensor.offset + tensor.length
    if at < size or not regions:
        regions.append((at, size - at))
    for start, length in regions:
        yield from ((start + n, min(CHUNK, length - n)) for n in range(0, length, CHUNK)) if length else [(start, 0)]


def tensor_leaf(kind, tensor, data):
    body = data[tensor.offset : tensor.offset + tensor.length]
    chunks = [b"stemma/chunk/v1\0" + multihash(kind, body[n : n + CHUNK]) for n in range(0, len(body), CHUNK)]
    name, dtype = tensor.name.encode(), tensor.dtype.encode()
    return b"".join(
        [b"stemma/tensor/v1\0", u32(len(name)), name, bytes([len(dtype)]), dtype, bytes([len(tensor.shape)])]
        + [u64(extent) for extent in tensor.shape]
        + [u64(tensor.length), root(chunks)]
    )


def tensor_sets(kind, contents, containers):
    """One set for each index with its shards, one for every other container; by path."""
    sets, sharded = {}, set()
    for path in contents:
        if path.endswith(".safetensors.index.json"):
            shards = set(json.loads(contents[path])["weight_map"].values())
            sets[path] = sorted(str(pathlib.PurePosixPath(path).parent / shard) for shard in shards)
            sharded.update(sets[path])
    sets |= {path: [path] for path in containers if path not in sharded}
    for path in sorted(sets, key=str.encode):
        tensors = [(tensor, contents[file]) for file in sets[path] for tensor in containers[file].tensors]
        tensors.sort(key=lambda pair: pair[0].name.encode())
        leaves = [tensor_leaf(kind, tensor, data) for tensor, data in tensors]
        yield {
            "path": path,
            "format": containers[sets[path][0]].format,
            "hash": kind,
            "size": len(leaves),
            "parameters": sum(math.prod(tensor.shape) for tensor, _ in tensors),
            "root": root(leaves).hex(),
        }


def read_model(path):
    """{path in the leaves: bytes} of the file set, sorted; the one path of a single file is empty."""
    if path.is_file():
        return {"": path.read_bytes()}
    files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    kept = (name for name in files if not any(name == out or name.startswith(out + "/") for out in LEFT_OUT))
    return {name: files[name].read_bytes() for name in sorted(kept, key=str.encode)}


def model(path, kind):
    contents, single, types = read_model(path), path.is_file(), ggml_types()
    found = {name: read_container(name, data, single, types) for name, data in contents.items()}
    containers = {name: container for name, container in found.items() if container is not None}

    file_leaves, segment_leaves = [], []
    for name, data in contents.items():
        named = u32(len(name.encode())) + name.encode()
        file_leaves.append(b"stemma/file/v1\0" + named + u64(len(data)) + sha256(data))
        for offset, length in segments(found[name], len(data)):
            digest = multihash(kind, data[offset : offset + length])
            segment_leaves.append(b"stemma/segment/v1\0" + named + u64(offset) + u64(length) + digest)

    files, parts = root(file_leaves).hex(), root(segment_leaves).hex()
    own = sha256(contents[""]) if single else sha256(b"".join(sha256(data) for data in contents.values()))
    key = "stemmaSegmentTreeBlake3V1" if kind == "blake3" else "stemmaSegmentTreeSha256V1"
    return {
        "kind": "file" if single else "folder",
        "digestSet": {"sha256": own.hex(), "stemmaFileTreeV1": files, key: parts},
        "fileTree": {"hash": "sha256", "size": len(file_leaves), "root": files},
        "segmentTree": {"hash": kind, "size": len(segment_leaves), "root": parts},
        "tensorSets": list(tensor_sets(kind, contents, containers)),
    }


def records(path, data):
    """A log's records: whole TFRecord frames of an event file, else lines with their LF."""
    if ".tfevents." not in path.name:
        return re.findall(rb"[^\n]*\n|[^\n]+", data)
    frames, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        frames.append(data[at : at + 16 + length])
        at += 16 + length
    return frames


def log(path):
    data = path.read_bytes()
    leaves = [b"stemma/record/v1\0" + record for record in records(path, data)]
    return {"digestSet": {"sha256": sha256(data).hex(), "stemmaLogTreeV1": root(leaves).hex()}, "size": len(leaves)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digest", choices=("blake3", "sha256"), default="blake3")
    parser.add_argument("--log", action="store_true", help="the paths are logs")
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    json.dump({str(path): log(path) if options.log else model(path, options.digest) for path in options.paths}, sys.stdout)


if __name__ == "__main__":
    main()

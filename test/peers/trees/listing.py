"""What a model is made of, in plain data: its files, their segments, its tensor sets."""

import hashlib
import json
import pathlib
import re

import blake3

from containers import read_container
from merkle import root

CHUNK = 16 * 1024 * 1024
SIDE_FILES = ("model.sig", "model.attestations.jsonl", "model.manifest.jsonl")
LEFT_OUT = (*SIDE_FILES, ".git", ".gitattributes", ".github", ".gitignore", ".cache/huggingface")
FORMATS = pathlib.Path(__file__).resolve().parents[3] / "docs/formats"
MULTIHASH = {"sha256": b"\x12\x20", "blake3": b"\x1e\x20"}


def digest(kind, data):
    return hashlib.sha256(data).digest() if kind == "sha256" else blake3.blake3(data).digest()


def ggml_types():
    """{id: (name, elements in a block, bytes of a block)} from the table in docs/formats."""
    row = re.compile(r"^\| *(\d+) *\| *`([A-Z0-9_]+)` *\| *(\d+) *\| *(\d+) *\|$", re.M)
    text = (FORMATS / "containers.md").read_text(encoding="utf-8")
    return {int(number): (name, int(block), int(size)) for number, name, block, size in row.findall(text)}


def read_files(path):
    """{path in the leaves: bytes} of the file set, in order; the one path of a single file is empty."""
    if path.is_file():
        return {"": path.read_bytes()}
    files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    kept = (name for name in files if not any(name == out or name.startswith(out + "/") for out in LEFT_OUT))
    return {name: files[name].read_bytes() for name in sorted(kept, key=str.encode)}


def regions(container, size):
    """(offset, length, tensor name or None) of header, tensors and what lies between and after them."""
    if container is None:
        return [(0, size, None)]
    found, at = [(0, container.header, None)], container.header
    for tensor in sorted((tensor for tensor in container.tensors if tensor.length > 0), key=lambda tensor: tensor.offset):
        found.append((at, tensor.offset - at, None))
        found.append((tensor.offset, tensor.length, tensor.name))
        at = tensor.offset + tensor.length
    found.append((at, size - at, None))
    return [region for region in found if region[1] > 0]


def segments(kind, container, data):
    """Regions cut into chunks, each {offset, length, digest, tensor}."""
    return [
        {"offset": at, "length": length, "digest": digest(kind, data[at : at + length]), "tensor": tensor}
        for start, size, tensor in regions(container, len(data))
        for at in range(start, start + max(size, 1), CHUNK)
        for length in [min(CHUNK, start + size - at)]
    ]


def tensor_sets(files):
    """One set for each index with its shards, one for every other container; by path."""
    by_path = {file["path"]: file for file in files}
    members, sharded = {}, set()
    for path, file in by_path.items():
        if path.endswith(".safetensors.index.json"):
            folder = pathlib.PurePosixPath(path).parent
            shards = {str(folder / shard) for shard in json.loads(file["data"])["weight_map"].values()}
            members[path] = sorted(shards, key=str.encode)
            sharded |= shards
    members |= {path: [path] for path, file in by_path.items() if file["container"] and path not in sharded}
    for path in sorted(members, key=str.encode):
        containers = [by_path[name] for name in members[path]]
        tensors = [tensor_of(number, file, tensor) for number, file in enumerate(containers) for tensor in file["container"].tensors]
        tensors.sort(key=lambda tensor: tensor["name"].encode())
        yield {"path": path, "format": containers[0]["container"].format, "files": members[path], "tensors": tensors}


def tensor_of(number, file, tensor):
    kind, chunks = file["hash"], [part for part in file["segments"] if part["tensor"] == tensor.name]
    leaves = [b"stemma/chunk/v1\0" + MULTIHASH[kind] + chunk["digest"] for chunk in chunks]
    shape = list(tensor.shape)
    return {"name": tensor.name, "dtype": tensor.dtype, "shape": shape, "length": tensor.length, "root": root(leaves), "file": number}


def read_model(path, kind):
    """(files, tensor sets) of the model at `path`, its segments hashed by `kind`."""
    single, types, files = path.is_file(), ggml_types(), []
    for name, data in read_files(path).items():
        container = read_container(name, data, single, types)
        parts = segments(kind, container, data)
        files.append({"path": name, "data": data, "hash": kind, "container": container, "segments": parts})
    return files, list(tensor_sets(files))

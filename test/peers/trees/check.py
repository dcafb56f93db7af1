"""Recomputes the roots of models and logs from docs/formats alone, sharing no code with the command.

    python check.py [--digest sha256] [--log [--secret FILE]] PATH…     prints {PATH: its DigestSet, sizes and roots} as JSON

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

from dataset import SALTED_RECORD, hkdf
from listing import MULTIHASH, read_model
from manifest import manifest
from merkle import root


def sha256(data):
    return hashlib.sha256(data).digest()


def text(value, width):
    """A text after its length, an unsigned big-endian integer of `width` bytes."""
    data = value.encode()
    return len(data).to_bytes(width, "big") + data


def u64(value):
    return struct.pack(">Q", value)


def tree(kind, leaves):
    return {"hash": kind, "size": len(leaves), "root": root(leaves).hex()}


def file_leaf(file):
    return b"stemma/file/v1\0" + text(file["path"], 4) + u64(len(file["data"])) + sha256(file["data"])


def segment_leaf(file, part):
    place = text(file["path"], 4) + u64(part["offset"]) + u64(part["length"])
    return b"stemma/segment/v1\0" + place + MULTIHASH[file["hash"]] + part["digest"]


def tensor_leaf(tensor):
    shape = bytes([len(tensor["shape"])]) + b"".join(u64(extent) for extent in tensor["shape"])
    named = text(tensor["name"], 4) + text(tensor["dtype"], 1)
    return b"stemma/tensor/v1\0" + named + shape + u64(tensor["length"]) + tensor["root"]


def tensor_set(kind, found):
    leaves = [tensor_leaf(tensor) for tensor in found["tensors"]]
    parameters = sum(math.prod(tensor["shape"]) for tensor in found["tensors"])
    return {"path": found["path"], "format": found["format"], "parameters": parameters, **tree(kind, leaves)}


def model(path, kind):
    files, sets = read_model(path, kind)
    single = path.is_file()
    file_tree = tree("sha256", [file_leaf(file) for file in files])
    segment_tree = tree(kind, [segment_leaf(file, part) for file in files for part in file["segments"]])
    own = sha256(files[0]["data"] if single else b"".join(sha256(file["data"]) for file in files))
    segment_key = "stemmaSegmentTreeBlake3V1" if kind == "blake3" else "stemmaSegmentTreeSha256V1"
    roots = {
        "kind": "file" if single else "folder",
        "digestSet": {"sha256": own.hex(), "stemmaFileTreeV1": file_tree["root"], segment_key: segment_tree["root"]},
        "fileTree": file_tree,
        "segmentTree": segment_tree,
        "tensorSets": [tensor_set(kind, found) for found in sets],
    }
    return roots | {"manifest": sha256(b"".join(manifest(kind, files, sets, roots))).hex()}


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


def salted_log(path, secret):
    leaves = [
        SALTED_RECORD + hkdf(secret, SALTED_RECORD + u64(index), 16) + record
        for index, record in enumerate(records(path, path.read_bytes()))
    ]
    return {"digestSet": {"stemmaSaltedTreeV1": root(leaves).hex()}, "size": len(leaves)}


def roots_of(path, options):
    if not options.log:
        return model(path, options.digest)
    return log(path) if options.secret is None else salted_log(path, options.secret.read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digest", choices=("blake3", "sha256"), default="blake3")
    parser.add_argument("--log", action="store_true", help="the paths are logs")
    parser.add_argument("--secret", type=pathlib.Path, help="they are salted with it")
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    json.dump({str(path): roots_of(path, options) for path in options.paths}, sys.stdout)


if __name__ == "__main__":
    main()

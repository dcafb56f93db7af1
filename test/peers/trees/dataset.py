"""Recomputes the roots of a dataset from docs/formats/dataset.md and trees.md alone, sharing no code with the command.

    python dataset.py [--secret FILE] FOLDER     prints its DigestSet, counts and roots as JSON

With the standard library; it reads files whole.
"""

import argparse
import hashlib
import hmac
import json
import pathlib
import struct

from merkle import root

SIDE_FILES = ("model.sig", "model.attestations.jsonl", "model.manifest.jsonl")
RECORD_FILES = (".jsonl", ".ndjson", ".csv", ".tsv", ".txt")
RECORD = b"stemma/record/v1\0"
SALTED_RECORD = b"stemma/salted-record/v1\0"
SALTED_FILE = b"stemma/salted-file/v1\0"


def sha256(data):
    return hashlib.sha256(data).digest()


def hkdf(secret, info, length):
    """RFC 5869 with SHA-256 and an empty salt, for one block."""
    key = hmac.digest(b"", secret, "sha256")
    return hmac.digest(key, info + b"\x01", "sha256")[:length]


def u64(value):
    return struct.pack(">Q", value)


def path_of(name):
    data = name.encode()
    return struct.pack(">I", len(data)) + data


def files_of(folder):
    found = {}
    for entry in folder.rglob("*"):
        name = entry.relative_to(folder).as_posix()
        if entry.is_file() and name not in SIDE_FILES:
            found[name] = entry.read_bytes()
    return sorted(found.items(), key=lambda item: item[0].encode())


def records_of(data):
    """Lines with their LF. Not `splitlines`, which ends them at CR as well."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def tree(leaves):
    return {"hash": "sha256", "size": len(leaves), "root": root(leaves).hex()}


def plain(files):
    leaves = [b"stemma/file/v1\0" + path_of(name) + u64(len(data)) + sha256(data) for name, data in files]
    trees = [
        {"path": name, **tree([RECORD + record for record in records_of(data)])}
        for name, data in files
        if name.endswith(RECORD_FILES)
    ]
    file_tree = tree(leaves)
    return {
        "digestSet": {
            "sha256": sha256(b"".join(sha256(data) for _, data in files)).hex(),
            "stemmaFileTreeV1": file_tree["root"],
        },
        "files": len(files),
        "bytes": sum(len(data) for _, data in files),
        "records": sum(entry["size"] for entry in trees),
        "fileTree": file_tree,
        "recordTrees": trees,
    }


def salted(files, master):
    leaves = []
    total = 0
    for name, data in files:
        secret = hkdf(master, name.encode(), 32)
        records = records_of(data) if name.endswith(RECORD_FILES) else [data]
        salts = [hkdf(secret, SALTED_RECORD + u64(index), 16) for index in range(len(records))]
        own = root([SALTED_RECORD + salt + record for salt, record in zip(salts, records)])
        leaves.append(SALTED_FILE + path_of(name) + u64(len(records)) + own)
        total += len(records)
    salted_tree = tree(leaves)
    return {
        "digestSet": {"stemmaSaltedTreeV1": salted_tree["root"]},
        "files": len(files),
        "records": total,
        "recordFiles": sum(name.endswith(RECORD_FILES) for name, _ in files),
        "saltedTree": salted_tree,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--secret", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    given = parser.parse_args()
    files = files_of(given.folder)
    found = plain(files) if given.secret is None else salted(files, given.secret.read_bytes())
    print(json.dumps(found))


if __name__ == "__main__":
    main()

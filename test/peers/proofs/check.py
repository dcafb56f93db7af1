"""Checks a proof file from docs/formats/proof.md alone, sharing no code with the command.

    python check.py PROOFS PUBLIC_KEY     prints [[KIND, INDEX, SIZE, whether it holds], …] as JSON

The signature is left to openssl. What it does not need for well-formed input it leaves out.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile
from hashlib import sha256


def hashed(data):
    return sha256(data).digest()


def text(value, width):
    """A text after its length, an unsigned big-endian integer of `width` bytes."""
    data = value.encode()
    return len(data).to_bytes(width, "big") + data


def record(leaf):
    return leaf["text"].encode() if "text" in leaf else base64.b64decode(leaf["base64"], validate=True)


def leaf_data(proof):
    leaf = proof["leaf"]
    match proof["kind"]:
        case "record":
            return b"stemma/record/v1\0" + record(leaf)
        case "salted-record":
            return b"stemma/salted-record/v1\0" + bytes.fromhex(leaf["salt"]) + record(leaf)
        case "file":
            size = leaf["size"].to_bytes(8, "big")
            return b"stemma/file/v1\0" + text(leaf["path"], 4) + size + bytes.fromhex(leaf["sha256"])
        case "tensor":
            shape = bytes([len(leaf["shape"])]) + b"".join(n.to_bytes(8, "big") for n in leaf["shape"])
            end = leaf["length"].to_bytes(8, "big") + bytes.fromhex(leaf["root"])
            return b"stemma/tensor/v1\0" + text(leaf["name"], 4) + text(leaf["dtype"], 1) + shape + end


def root_by(index, size, node, path):
    """The root that a leaf hash leads to: RFC 9162 section 2.1.1 from the top, one sibling less each time. None where path is too short or long."""
    if size == 1:
        return node if not path else None
    if not path:
        return None
    left = 1
    while left * 2 < size:
        left *= 2
    sibling = bytes.fromhex(path[-1])
    if index < left:
        below = root_by(index, left, node, path[:-1])
        return below and hashed(b"\x01" + below + sibling)
    below = root_by(index - left, size - left, node, path[:-1])
    return below and hashed(b"\x01" + sibling + below)


def is_in(data, index, size, path, root):
    return index < size and root_by(index, size, hashed(b"\x00" + data), path) == bytes.fromhex(root)


def tree_of(proof, statement):
    """Size and root of the tree that the proof names, out of the statement; None where it has none such."""
    predicate, tree = statement["predicate"], proof.get("tree", {})
    if proof["kind"] == "file":
        return predicate["fileTree"]["size"], predicate["fileTree"]["root"]
    if "set" in tree:
        return next((s["size"], s["root"]) for s in predicate["tensorSets"] if s["path"] == tree["set"])
    if "log" in tree:
        logs = [b for b in predicate["runDetails"]["byproducts"] if "records" in b.get("annotations", {})]
        log = logs[tree["log"]]
        key = "stemmaLogTreeV1" if proof["kind"] == "record" else "stemmaSaltedTreeV1"
        return log["annotations"]["size"], log["digest"][key]
    if proof["kind"] == "record":
        return next((t["size"], t["root"]) for t in predicate["recordTrees"] if t["path"] == tree["file"])
    signed = predicate["saltedTree"]
    data = b"stemma/salted-file/v1\0" + text(tree["file"], 4) + tree["records"].to_bytes(8, "big")
    data += bytes.fromhex(tree["root"])
    if not is_in(data, tree["index"], signed["size"], tree["path"], signed["root"]):
        return None
    return tree["records"], tree["root"]


def is_signed(envelope, payload, key):
    """DSSE: openssl checks the signature over the PAE."""
    kind = envelope["payloadType"].encode()
    pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    with tempfile.TemporaryDirectory() as folder:
        signature = pathlib.Path(folder, "sig")
        signature.write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
        command = ["openssl", "dgst", "-sha256", "-verify", key, "-signature", str(signature)]
        return subprocess.run(command, input=pae, capture_output=True).returncode == 0


def check(line, key):
    proof = json.loads(line)
    canonical = json.dumps(proof, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    envelope = json.loads(proof["statement"])["dsseEnvelope"]
    payload = base64.b64decode(envelope["payload"])
    tree = tree_of(proof, json.loads(payload))
    size, root = tree or (0, "")
    holds = tree is not None and is_in(leaf_data(proof), proof["index"], size, proof["path"], root)
    return [proof["kind"], proof["index"], size, holds and canonical == line and is_signed(envelope, payload, key)]


lines = pathlib.Path(sys.argv[1]).read_bytes().decode().removesuffix("\n").split("\n")
json.dump([check(line, sys.argv[2]) for line in lines], sys.stdout)

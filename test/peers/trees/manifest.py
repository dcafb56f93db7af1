"""The bytes of a manifest, from a listing and its roots."""

import hashlib
import json


def line(type, **members):
    """RFC 8785 for what occurs here: ASCII member names, integers, text; members that are None are absent."""
    present = {name: value for name, value in members.items() if value is not None} | {"type": type}
    return json.dumps(present, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def manifest(kind, files, sets, roots):
    yield line(
        "https://w3id.org/stemma/manifest/v1",
        **{name: roots[name] for name in ("kind", "fileTree", "segmentTree")},
        hash=kind,
        files=len(files),
        bytes=sum(len(file["data"]) for file in files),
        tensorSets=len(sets),
    )
    for file in files:
        container, parts = file["container"], file["segments"]
        yield line(
            "file",
            path=file["path"],
            size=len(file["data"]),
            sha256=hashlib.sha256(file["data"]).hexdigest(),
            segments=len(parts),
            format=container and container.format,
        )
        for part in parts:
            yield line("segment", **part | {"digest": part["digest"].hex()})
    for tensor_set, summary in zip(sets, roots["tensorSets"]):
        yield line("tensorSet", **summary, files=tensor_set["files"])
        for tensor in tensor_set["tensors"]:
            yield line("tensor", **tensor | {"root": tensor["root"].hex()})

"""Quantises with the gguf package, and merges with NumPy: models for stemma to compute again. Prints the cases as JSON."""

import json
import pathlib
import sys

import gguf
import numpy as np

import safetensors_file

OUT = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(20261123)
TYPES = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")


def values(kind, shape):
    x = RNG.standard_normal(shape).astype(np.float32)
    return {
        "normal": x,
        "tiny": x * np.float32(1e-30),
        "huge": x * np.float32(1e3),
        "coarse": np.round(x * 4) / np.float32(4),
        "sparse": np.where(np.abs(x) < 1.5, np.float32(0), x),
        "constant": np.full(shape, -1.25, np.float32),
        "outlier": np.where(np.arange(x.size).reshape(shape) % 97 == 0, x * np.float32(200), x),
    }[kind]


KINDS = ("normal", "tiny", "huge", "coarse", "sparse", "constant", "outlier")


def f32(array):
    return "F32", array.shape, np.ascontiguousarray(array, "<f4").tobytes()


def quantised():
    """One parent of binary32, binary16 and bfloat16 tensors, and one GGUF of all types."""
    parent, child = {}, gguf.GGUFWriter(str(make("quantised") / "model.gguf"), "test")
    for quant in TYPES:
        for kind in KINDS:
            for source in ("F32", "F16", "BF16"):
                x, name = values(kind, (24, 160)), f"{kind}.{source}.{quant}"
                if source == "F16":
                    half = x.astype("<f2")
                    # Which zero is the smallest of both is not defined.
                    half[half == 0] = 0
                    parent[name], x = ("F16", x.shape, half.tobytes()), half.astype(np.float32)
                elif source == "BF16":
                    words = (x.view(np.uint32) >> 16).astype("<u2")
                    parent[name], x = ("BF16", x.shape, words.tobytes()), (words.astype(np.uint32) << 16).view(np.float32)
                else:
                    parent[name] = f32(x)
                kind_of = getattr(gguf.GGMLQuantizationType, quant)
                child.add_tensor(name, gguf.quants.quantize(x, kind_of), raw_dtype=kind_of)
    child.write_header_to_file()
    child.write_kv_data_to_file()
    child.write_tensors_to_file()
    child.close()
    save("quantised-parent", parent)
    return case("gguf quantises to Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0", "quantised", ["quantised-parent"], "quantized-from", ["exact"])


def models(n, shapes):
    return [{name: RNG.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()} for _ in range(n)]


SHAPES = {"a": (70, 33), "b": (5,), "c": (3, 4, 5), "long": (300_000,)}


def linear():
    parents, weights = models(3, SHAPES), (0.5, 0.3, 0.2)
    for k, parent in enumerate(parents):
        save(f"linear-{k}", {name: f32(x) for name, x in parent.items()})
    in_order = {name: sum((p[name] * np.float32(w) for p, w in zip(parents[1:], weights[1:])),
                          parents[0][name] * np.float32(weights[0])) for name in SHAPES}
    wide = {name: sum(p[name].astype(np.float64) * w for p, w in zip(parents, weights)).astype(np.float32) for name in SHAPES}
    save("linear-in-order", {name: f32(x) for name, x in in_order.items()})
    save("linear-wide", {name: f32(x) for name, x in wide.items()})
    save("linear-f16", {name: ("F16", x.shape, x.astype("<f2").tobytes()) for name, x in in_order.items()})
    names, parameters = [f"linear-{k}" for k in range(3)], ["merge_method=linear", "weights=0.5,0.3,0.2"]
    return [
        case("NumPy sums three models in binary32", "linear-in-order", names, "merged-from", ["exact"], parameters),
        case("NumPy sums three models in binary64", "linear-wide", names, "merged-from", ["close"], parameters),
        case("NumPy sums three models and rounds to binary16", "linear-f16", names, "merged-from", ["exact"], parameters),
    ]


def slerp(a, b, t, wide):
    a, b = a.astype(wide), b.astype(wide)
    cosine = np.sum((a / np.linalg.norm(a)) * (b / np.linalg.norm(b)))
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def spherical():
    first, second = models(2, SHAPES)
    save("slerp-0", {name: f32(x) for name, x in first.items()})
    save("slerp-1", {name: f32(x) for name, x in second.items()})
    cases = []
    for title, wide in (("binary64", np.float64), ("binary32", np.float32)):
        merged = {name: f32(slerp(first[name], second[name], 0.3, wide).astype(np.float32)) for name in SHAPES}
        save(f"slerp-{title}", merged)
        cases.append(case(f"NumPy interpolates spherically in {title}", f"slerp-{title}", ["slerp-0", "slerp-1"],
                          "merged-from", ["exact", "close"], ["merge_method=slerp", "t=0.3"]))
    return cases


def make(name):
    (OUT / name).mkdir(parents=True)
    return OUT / name


def save(name, tensors):
    safetensors_file.write(OUT / name / "model.safetensors", tensors)


def case(title, child, parents, relation, expected, parameters=()):
    return {"title": title, "child": child, "parents": parents, "relation": relation, "expected": expected,
            "parameters": list(parameters)}


print(json.dumps([quantised(), *linear(), *spherical()]))

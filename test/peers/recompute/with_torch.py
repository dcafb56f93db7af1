"""Casts and merges a LoRA adapter with PyTorch on the CPU: models for stemma to compute again. Prints the cases as JSON."""

import json
import pathlib
import sys

import torch

import safetensors_file

OUT = pathlib.Path(sys.argv[1])
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
torch.manual_seed(20261123)


def entry(tensor):
    dtype = next(name for name, each in DTYPES.items() if each is tensor.dtype)
    flat = tensor.contiguous().reshape(-1)
    width = {8: torch.int64, 4: torch.int32, 2: torch.int16}[flat.element_size()]
    return dtype, tuple(tensor.shape), flat.view(width).numpy().tobytes()


def save(name, tensors):
    safetensors_file.write(OUT / name / "model.safetensors", {key: entry(each) for key, each in tensors.items()})


def samples():
    """All 65,536 patterns of the two 16-bit types, and of the others patterns with every exponent; no NaN, whose bits are free."""
    words = torch.arange(-32768, 32768, dtype=torch.int32).to(torch.int16)
    singles = torch.randint(-(2**31), 2**31 - 1, (300_000,)).to(torch.int32).view(torch.float32)
    halves = words.view(torch.float16).to(torch.float32)
    # Around the ties of the 16-bit types, where rounding is decided.
    near = (halves.view(torch.int32).reshape(-1, 1) + torch.tensor([0xFFF, 0x1000, 0x1001, 0x7FFF, 0x8000, 0x8001], dtype=torch.int32))
    singles = torch.cat([singles, near.reshape(-1).view(torch.float32)])
    doubles = torch.cat([singles.to(torch.float64) * (1 + 2.0**-30), torch.randn(100_000, dtype=torch.float64)])
    made = {"F64": doubles, "F32": singles, "F16": words.view(torch.float16), "BF16": words.view(torch.bfloat16)}
    return {name: each[~torch.isnan(each)] for name, each in made.items()}


def casts():
    cases, sources = [], samples()
    for source, tensor in sources.items():
        save(f"cast-{source}", {to: tensor for to in DTYPES if to != source})
        save(f"cast-from-{source}", {to: tensor.to(DTYPES[to]) for to in DTYPES if to != source})
        cases.append(case(f"PyTorch casts {source} to the three others, {tensor.numel()} values each", f"cast-from-{source}",
                          [f"cast-{source}"], "converted-from", ["exact"]))
    return cases


def adapters():
    rank, alpha = 8, 12
    cases = []
    for dtype in ("F32", "BF16", "F16"):
        base = {f"layer.{i}.weight": torch.randn(96, 64).to(DTYPES[dtype]) for i in range(3)} | {"layer.0.bias": torch.randn(96).to(DTYPES[dtype])}
        factors, merged = {}, dict(base)
        for i in range(2):
            a, b = torch.randn(rank, 64), torch.randn(96, rank)
            factors |= {f"base_model.model.layer.{i}.lora_A.weight": a, f"base_model.model.layer.{i}.lora_B.weight": b}
            weight = base[f"layer.{i}.weight"]
            merged[f"layer.{i}.weight"] = (weight.to(torch.float32) + (b @ a) * (alpha / rank)).to(weight.dtype)
        save(f"lora-base-{dtype}", base)
        save(f"lora-adapter-{dtype}", factors)
        (OUT / f"lora-adapter-{dtype}" / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": rank, "lora_alpha": alpha, "bias": "none"}))
        save(f"lora-merged-{dtype}", merged)
        cases.append(case(f"PyTorch merges a LoRA adapter into a {dtype} base", f"lora-merged-{dtype}",
                          [f"lora-base-{dtype}", f"lora-adapter-{dtype}"], "merged-from", ["exact", "close"]))
    return cases


def case(title, child, parents, relation, expected):
    return {"title": title, "child": child, "parents": parents, "relation": relation, "expected": expected, "parameters": []}


print(json.dumps([*casts(), *adapters()]))

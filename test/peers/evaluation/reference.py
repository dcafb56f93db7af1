"""The metrics of a file of predictions, by scikit-learn and fairlearn: reference.py SPEC < predictions.jsonl, JSON on stdout."""

import json
import sys

import pandas as pd
from fairlearn.metrics import MetricFrame
from sklearn import metrics as sk

spec = json.loads(sys.argv[1])
rows = pd.DataFrame([json.loads(line) for line in sys.stdin])
label, prediction, score = (spec["columns"].get(name) for name in ("label", "prediction", "score"))
positive = spec.get("positive")
kind = type(rows[label].iloc[0].item() if hasattr(rows[label].iloc[0], "item") else rows[label].iloc[0])
positive = None if positive is None else kind(positive)


def per_class(function):
    # One class against all others, or the mean over all classes; 0 where nothing is divided by nothing.
    if positive is None:
        return lambda y, p: function(y, p, average="macro", zero_division=0)
    return lambda y, p: function(y, p, labels=[positive], average=None, zero_division=0)[0]


FUNCTIONS = {
    "accuracy": sk.accuracy_score,
    "precision": per_class(sk.precision_score),
    "recall": per_class(sk.recall_score),
    "f1": per_class(sk.f1_score),
    "auc": lambda y, s: sk.roc_auc_score(y == positive, s),
    "rmse": sk.root_mean_squared_error,
}


def column(name):
    return rows[score if name == "auc" else prediction]


out = {"metrics": {}, "slices": {}}
for name in spec["metrics"]:
    out["metrics"][name] = float(FUNCTIONS[name](rows[label], column(name)))
for slice_column in spec["slices"]:
    groups, gaps = {}, {}
    for name in spec["metrics"]:
        frame = MetricFrame(
            metrics=FUNCTIONS[name], y_true=rows[label], y_pred=column(name), sensitive_features=rows[slice_column]
        )
        for value, number in frame.by_group.items():
            groups.setdefault(str(value), {})[name] = float(number)
        gaps[name] = float(frame.difference(method="between_groups"))
    sizes = rows.groupby(slice_column).size()
    for value, size in sizes.items():
        groups[str(value)]["rows"] = int(size)
    out["slices"][slice_column] = {"groups": groups, "gaps": gaps}
print(json.dumps(out))

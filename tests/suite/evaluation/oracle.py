#!/usr/bin/env python3
"""Computes what tests/suite/evaluation/measures.rs expects, with numpy and scikit-learn.

    pip install numpy scikit-learn && python3 tests/suite/evaluation/oracle.py
"""

import numpy
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

MASK = 2**64 - 1
RESAMPLES = 400


def splitmix64(seed):
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        mixed = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        yield mixed ^ (mixed >> 31)


# The sample of the test: 90 apps in 30 groups; probabilities with many ties.
apps = []
for i in range(90):
    probability = (i * 37 % 21) / 20
    positive = (i * 53 % 97) / 97 < 0.15 + 0.6 * probability
    apps.append((f"package g{i % 30:02}", f"{i:03}", positive, probability))
apps.sort()
groups = sorted({group for group, *_ in apps})


def measures(sample):
    label = numpy.array([positive for *_, positive, _ in sample])
    probability = numpy.array([probability for *_, probability in sample])
    called = probability >= 0.5
    false_alarms, recall, _ = roc_curve(label, probability, drop_intermediate=False)
    bins = numpy.minimum((probability * 10).astype(int), 9)
    error = sum(
        abs(probability[bins == one].sum() - label[bins == one].sum()) for one in set(bins)
    )
    return {
        "average_precision": average_precision_score(label, probability),
        "roc_auc": roc_auc_score(label, probability),
        "recall_at_1": recall[false_alarms <= 0.01].max(),
        "recall_at_5": recall[false_alarms <= 0.05].max(),
        "brier": brier_score_loss(label, probability),
        "baseline": label.mean() * (1 - label.mean()),
        "calibration_error": error / len(label),
        "precision": precision_score(label, called),
        "recall": recall_score(label, called),
        "false_alarm_rate": 1 - recall_score(~label, ~called),
        "f1": f1_score(label, called),
    }


random = splitmix64(7)
drawn = []
for _ in range(RESAMPLES):
    chosen = [groups[next(random) * len(groups) >> 64] for _ in groups]
    drawn.append(measures([app for group in chosen for app in apps if app[0] == group]))
for name, value in measures(apps).items():
    low, high = numpy.quantile([one[name] for one in drawn], [0.025, 0.975])
    print(f'            ("{name}", [{value:.12f}, {low:.12f}, {high:.12f}]),')

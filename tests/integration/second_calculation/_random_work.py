"""Work at random: runs of schedulers, some still going, some where no node is known; and requests that were served."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random

from _company import DAYS, Company, Row
from _pools import ran


def draw_jobs(rng: Random, company: Company) -> None:
    """Up to nine runs on one or two nodes; some are pods."""
    n = company.name
    nodes = [*sorted(company.machines), f"{n}-nowhere"]
    for number in range(1, rng.randint(0, 9) + 1):
        start = rng.choice(DAYS) + timedelta(hours=rng.randint(0, 23), minutes=rng.choice([0, 0, 15, 50]))
        end = start + timedelta(minutes=rng.choice([5, 30, 60, 240, 1500]))
        is_running = rng.random() < 0.15
        is_pod = "pods" in company.traits and rng.random() < 0.4
        # A pod is on one node.
        where = rng.sample(nodes, 1 if is_pod else min(len(nodes), rng.choice([1, 1, 1, 2])))
        gpus = float(rng.choice([1, 2, 4, 8]) * len(where))
        row = ran(
            n,
            f"{n}-{number}",
            gpus,
            start,
            None if is_running else end,
            nodes=",".join(where),
            account=rng.choice([f"{n}-ml", f"{n}-web"]),
            job_name=rng.choice([f"{n}-tune", f"{n}-train", None]),
            user_name=rng.choice([f"{n}-ann", f"{n}-bob"]),
            partition=rng.choice([f"{n}-gpu", None]),
            state="RUNNING" if is_running else rng.choice(["COMPLETED", "COMPLETED", "FAILED", "CANCELLED"]),
            known_until_at=end,
        )
        company.jobs.append(row | _pod(rng, n, number) if is_pod else row)


def draw_served(rng: Random, company: Company) -> None:
    """Requests and tokens of services, models and namespaces, by the minute; what was not counted is not there."""
    n = company.name
    for _ in range(rng.randint(0, 12)):
        when = rng.choice(DAYS) + timedelta(hours=rng.randint(0, 23), minutes=rng.randint(1, 60))
        by = rng.choice([
            {"service": f"{n}-api"}, {"service": f"{n}-unknown"}, {"model_name": f"{n}-llm"},
            {"namespace": f"{n}-red"}, {"namespace": f"{n}-odd"},
        ])  # fmt: skip
        metrics = ["requests_count", "input_tokens_count", "output_tokens_count"]
        metrics_told = rng.sample(metrics, rng.randint(1, 3))
        for metric in metrics_told:
            company.served.append({
                "delivery_id": "d1", "source_part": "f", "source": "request_log_csv", "sampled_at": when,
                "value_kind": "amount", "covers_seconds": 60.0, "labels_json": json.dumps(by), "metric": metric,
                "value": float(rng.randint(0, 10**6)), **by,
            })  # fmt: skip
        if rng.random() < 0.3:
            _tell_again(rng, company, len(metrics_told))


def _tell_again(rng: Random, company: Company, rows: int) -> None:
    """The same minute in another file: the same log once more, or that of another server."""
    is_other = rng.random() < 0.5
    for row in company.served[-rows:]:
        more = float(rng.randint(1, 100)) if is_other else 0.0
        company.served.append(row | {"delivery_id": "d2", "value": row["value"] + more})


def _pod(rng: Random, n: str, number: int) -> Row:
    return {
        "source": "kubernetes_pods", "job_kind": "kubernetes", "account": None, "user_name": None, "partition": None,
        "namespace": f"{n}-{rng.choice(['red', 'blue'])}", "pod": f"{n}-pod-{number}",
    }  # fmt: skip

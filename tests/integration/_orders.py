"""Deliveries of a little company about the turn of a month, nights that load them in some order, and a home of one.

A night here is the job without gates, tests of models and projections: what it does with deliveries and days is its own
code. The company leases two GPUs, owns two, and has a job, a meter and a commitment that say something across midnight.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from _bills import line
from _owned import ASSET, SITE, TARIFF

from pipelines import transform
from pipelines.assets.partitions import READ_AGAIN_TAG, begin
from pipelines.assets.triggers import backfill_tags, nightly_tags
from pipelines.plan import inputs_hash, plan
from pipelines.settings import Settings, code_revision
from pipelines.warehouse import ingest, landing, lock
from pipelines.warehouse.publish import publish, standing

MODEL = "H100-SXM-80GB"
MACHINE = {
    "ResourceId": "lease-1", "ConsumedQuantity": "24", "ConsumedUnit": "Hours", "ServiceName": "Machines",
    "SkuPriceDetails": '{"InstanceType": "two"}',
}  # fmt: skip
PLAN = {"CommitmentDiscountId": "plan"}
OWN = ASSET | {
    "asset_id": "A1", "site_id": "hall", "node": "own-1", "gpu_model": MODEL, "gpus": 2, "purchase_price_usd": 90000,
    "ordered_date": "2026-08-20", "go_live_date": "2026-08-25", "idle_kw": 1, "peak_kw": 3, "contracted_kw": 3,
}  # fmt: skip
RATES = "Date,USD,JPY,GBP,CHF,SEK,NOK,DKK,PLN,CZK,HUF,AUD,\n"
STATED = {
    "invoice_id": "I-1", "invoice_issuer_name": "Lumen", "billing_account_id": "main", "billing_currency": "USD",
    "billing_period_start": "2026-07-01", "billing_period_end": "2026-08-01", "service_name": "", "billed_cost": "10",
}  # fmt: skip


def gpu(name: str, when: str, power: float, **more: object) -> dict[str, object]:
    """A sample of a GPU, busy."""
    place = {"node": "own-1" if name.startswith("own") else "lease-1", "gpu_model_name": "NVIDIA H100 80GB HBM3"}
    shown = {"covers_seconds": "", "job_id": "", "DCGM_FI_DEV_GPU_UTIL": 50, "DCGM_FI_DEV_POWER_USAGE": power}
    return {"sampled_at": f"2026-{when}:00Z", "gpu_uuid": name} | place | shown | more


def meter(first: str, readings: int = 4) -> list[dict[str, object]]:
    """Readings of the owned server's meter, every five minutes."""
    times = [datetime.fromisoformat(f"2026-{first}") + timedelta(minutes=5 * step) for step in range(readings)]
    return [{"timestamp": f"{when.isoformat()}Z", "node": "own-1", "sys_power_w": 2000} for when in times]


def job(state: str, end: str, seconds: int) -> str:
    """What a scheduler tells of a run that began ten minutes after the month."""
    head = "JobID|Account|State|Submit|Start|End|ElapsedRaw|NodeList|AllocTRES"
    return f"{head}\n7|ml|{state}|2026-08-31T20:00:00Z|2026-09-01T00:10:00Z|{end}|{seconds}|lease-1|gres/gpu=1\n"


def by_the_hour(gpu_name: str, first: str, hours: int, **more: object) -> list[dict[str, object]]:
    """Samples on the half hour, each of the hour before it."""
    start = datetime.fromisoformat(f"2026-{first}")
    times = [f"{start + timedelta(hours=step):%m-%dT%H:%M}" for step in range(hours)]
    return [gpu(gpu_name, when, 200.0 + step, covers_seconds=3600, **more) for step, when in enumerate(times)]


TYPE = {"service_provider_name": "Lumen", "instance_type": "two", "gpu_model": MODEL, "gpus": 2, "reference": "test"}
FILES: dict[str, str | Sequence[dict[str, object]]] = {
    "types.csv": [TYPE],
    "site.csv": [SITE | {"site_id": "hall", "valid_from_date": "2026-01-01"}],
    "tariff.csv": [TARIFF | {"site_id": "hall", "valid_from_date": "2026-01-01", "energy_usd_per_kwh": 0.1}],
    "asset.csv": [OWN],
    "invoice_total.csv": [STATED],
    "rates.csv": RATES + "".join(f"2026-{day},{usd},171,0.9,N/A,11,11,7.4,4.2,25,391,1.7,\n"
                                 for day, usd in (("09-03", "1.3"), ("08-28", "1.1"))),
    "rates-of-a-day.csv": RATES + "2026-09-01,1.2,171,0.9,N/A,11,11,7.4,4.2,25,391,1.7,\n",
    "july.csv": [line("main", "10", "2026-07-03T00:00", InvoiceId="I-1")],
    "august-so-far.csv": [line("main", "90", "2026-08-29T00:00", **MACHINE), line("main", "3", "2026-08-04T00:00")],
    "august.csv": [
        *(line("main", "100", f"2026-08-{day}T00:00", **MACHINE) for day in (29, 30, 31)),
        line("main", "50", "2026-08-01T00:00", ChargeCategory="Purchase", **PLAN),
        line("main", "20", "2026-08-02T00:00", CommitmentDiscountStatus="Unused", **PLAN),
    ],
    "september.csv": [
        line("main", "100", "2026-09-02T00:00", CommitmentDiscountStatus="Used", **MACHINE, **PLAN),
        line("main", "5", "2026-09-03T00:00", InvoiceId="I-1"),
    ],
    "abroad.csv": [line("abroad", "8", f"2026-09-0{day}T00:00", BillingCurrency="EUR") for day in (1, 2, 4)],
    # A quarter's, that stays open until October.
    "quarter.csv": [line("quarter", "9", "2026-07-25T00:00") | {"BillingPeriodEnd": "2026-10-01T00:00:00Z"}],
    "gpus-1.csv": [gpu("still", "08-30T12:00", 300), *by_the_hour("job", "08-31T21:30", 4, job_id="7")],
    "gpus-2.csv": [gpu("still", f"09-0{when}", 300) for when in ("2T03:00", "2T04:00")],
    "gpus-3.csv": by_the_hour("own-a", "08-31T22:30", 3),
    "meter-1.csv": meter("08-31T23:40"),
    "meter-2.csv": meter("09-01T00:10"),
    "runs-1.txt": job("RUNNING", "Unknown", 600),
    "runs-2.txt": job("COMPLETED", "2026-09-01T02:10:00Z", 7200),
}  # fmt: skip


RIVAL = MACHINE | {"ResourceId": "rival-1", "ProviderName": "Rival", "InvoiceIssuerName": "Rival"}
NIMBUS = {"ProviderName": "Nimbus", "InvoiceIssuerName": "Nimbus"}
CONTRACT = {
    "contract_id": "C1", "counterparty": "Nimbus", "jurisdiction": "PT", "commitment_discount_id": "nimbus-1",
    "gpu_model": MODEL, "gpus": 2, "start_date": "2026-07-20", "end_date": "2026-12-20", "upfront_usd": 1000,
    "committed_price_usd_per_gpu_hour": 2, "take_or_pay_frac": 0.9, "fulfillment_interval": "Quarterly",
    "usage_location": "Rival",
}  # fmt: skip
RULE = {
    "rule_id": "r1", "priority_index": 1, "workload": "train", "workload_kind": "pre-training",
    "match_field": "account", "match_pattern": "ml",
}  # fmt: skip
CHAT = {"namespace": "chat", "pod": "chat-0"}
JOBS = "JobID|Account|State|Submit|Start|End|ElapsedRaw|NodeList|AllocTRES\n"
PODS = "namespace,pod,node,phase,gpus,started_at,ended_at,created_at,uid\n"


def served(*scrapes: tuple[str, int]) -> str:
    """What an inference server had counted by each time."""
    return "".join(
        f'vllm:{name}{{model_name="m",namespace="chat"}} {count} {datetime.fromisoformat(when).timestamp():.0f}000\n'
        for when, count in scrapes
        for name in ("prompt_tokens_total", "generation_tokens_total", "request_success_total")
    )


def market(first: str, hours: int, price: int, currency: str) -> list[dict[str, object]]:
    """Prices of electricity by the hour."""
    start = datetime.fromisoformat(f"2026-{first}")
    return [
        {"market_id": "PT", "starts_at": f"{(start + timedelta(hours=step)).isoformat()}Z",
         "price_currency": currency, "energy_currency_per_mwh": price + step % 7}
        for step in range(hours)
    ]  # fmt: skip


def counted(when: str, energy_mj: int) -> dict[str, object]:
    """A sample of a GPU that counts its energy."""
    return gpu("counting", when, 300) | {"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": energy_mj}


def cut(when: str, instance: str, profile: str) -> dict[str, object]:
    """A sample of a MIG instance."""
    return gpu("cut", when, 300, mig_instance=instance, mig_profile=profile)


# What is drawn besides. Registers rebuild everything, so that most of them come first.
FURTHER_REGISTERS: dict[str, str | Sequence[dict[str, object]]] = {
    "two/types.csv": [TYPE, TYPE | {"service_provider_name": "Rival"}],
    "market/tariff.csv": [TARIFF | {"site_id": "hall", "valid_from_date": "2026-01-01", "market_id": "PT"}],
    "two/asset.csv": [OWN, OWN | {"asset_id": "A2", "node": "own-2", "ordered_date": "2026-07-10",
                                  "go_live_date": "2026-08-31", "retired_date": "2026-09-15", "sale_proceeds_usd": 9}],
    "cards.csv": [{"gpu_uuid": "own-a", "asset_id": "A1", "valid_from_date": "2026-08-25",
                   "valid_to_date": "2026-09-01"}],
    "impairment.csv": [{"asset_id": "A1", "impairment_date": "2026-09-02", "impairment_usd": 5000}],
    "contract.csv": [CONTRACT],
    "two/contract.csv": [CONTRACT | {"take_or_pay_frac": 0.5}, CONTRACT | {"contract_id": "C2",
                         "counterparty": "Lumen", "commitment_discount_id": "plan", "usage_location": ""}],
    "rules.csv": [RULE],
    "two/rules.csv": [RULE, RULE | {"rule_id": "r2", "priority_index": 0, "workload": "answers", "match_field":
                      "namespace", "match_pattern": "c.*", "valid_from_date": "2026-09-01"}],
    "driver.csv": [{"rule_id": "d1", "priority_index": 1, "driver": "energy", "service_pattern": "Compute"}],
    "two/invoice_total.csv": [STATED | {"billed_cost": "15"}],
    "period.csv": [{"InvoiceIssuerName": "Lumen", "BillingPeriodStart": "2026-09-01T00:00:00Z",
                    "BillingPeriodEnd": "2026-10-01T00:00:00Z", "BillingPeriodStatus": "Closed",
                    "BillingPeriodLastUpdated": "2026-10-02T00:00:00Z"}],
}  # fmt: skip
FURTHER: dict[str, str | Sequence[dict[str, object]]] = {
    "energy.csv": market("08-24T00:00", 50 * 24, 50, "USD"),
    "energy-of-a-day.csv": market("08-31T00:00", 48, 90, "EUR"),
    "rates-restated.csv": RATES + "".join(f"2026-{day},{usd},171,0.9,N/A,11,11,7.4,4.2,25,391,1.7,\n"
                                          for day, usd in (("09-10", "1.4"), ("09-03", "1.35"), ("08-28", "1.12"))),
    "abroad-before.csv": [line("abroad", "8", f"2026-08-{day}T00:00", BillingCurrency="EUR") for day in (28, 30, 31)],
    "rival.csv": [line("rival", "100", f"2026-{day}T00:00", **RIVAL) for day in ("08-30", "08-31", "09-01")],
    "nimbus-mid.csv": [line("nimbus", "77", "2026-08-20T00:00", **NIMBUS) | {
        "BillingPeriodStart": "2026-08-15T00:00:00Z", "BillingPeriodEnd": "2026-09-15T00:00:00Z"}],
    "nimbus.csv": [line("nimbus", "200", "2026-09-20T00:00", CommitmentDiscountId="nimbus-1",
                        CommitmentDiscountStatus="Used", **(RIVAL | NIMBUS))],
    "anywhere-1.csv": by_the_hour("anywhere", "08-30T01:00", 5, node="unknown"),
    "anywhere-2.csv": by_the_hour("anywhere", "09-01T00:00", 3, node="unknown"),
    "rival-gpus.csv": by_the_hour("rival", "08-31T18:30", 9, node="rival-1"),
    "chat-1.csv": [gpu("chat", when, 250, **CHAT) for when in ("08-31T23:50", "08-31T23:55", "09-01T00:00")],
    "chat-2.csv": [gpu("chat", when, 250, **CHAT) for when in ("09-01T00:01", "09-01T00:05")]
    + [gpu("chat", "09-01T00:05", 250, namespace="chat", pod="chat-1")],
    "pods-1.csv": PODS + "chat,chat-0,lease-1,Running,1,2026-08-31T23:40:00Z,,2026-08-31T23:30:00Z,u1\n",
    "pods-2.csv": PODS + "chat,chat-0,lease-1,Succeeded,1,2026-08-31T23:40:00Z,2026-09-01T00:30:00Z,"
                         "2026-08-31T23:30:00Z,u1\n",
    "served-1.prom": served(("2026-08-20T10:00Z", 1000), ("2026-08-31T23:50Z", 5000)),
    "served-2.prom": served(("2026-08-31T23:00Z", 3000), ("2026-09-01T00:00Z", 6000)),
    "served-3.prom": served(("2026-09-02T12:00Z", 100), ("2026-09-04T12:00Z", 900)),
    "runs-before.txt": JOBS + "7|ml|PENDING|2026-08-31T20:00:00Z|Unknown|Unknown|0|None assigned|gres/gpu=1\n",
    "runs-long-1.txt": JOBS + "8|vision|RUNNING|2026-08-29T20:00:00Z|2026-08-30T22:00:00Z|Unknown|97200"
                              "|lease-1|gres/gpu=2\n",
    "runs-long-2.txt": JOBS + "8|ml|COMPLETED|2026-08-29T20:00:00Z|2026-08-30T22:00:00Z|2026-09-02T01:00:00Z|183600"
                              "|lease-[1-2]|gres/gpu=4\n",
    "counter-1.csv": [counted("08-31T12:00", 1_000_000_000), counted("08-31T12:05", 1_000_100_000)],
    "counter-2.csv": [counted("09-01T11:00", 1_020_000_000), counted("09-01T11:05", 1_020_090_000)],
    "counter-between.csv": [counted("08-31T20:00", 1_009_000_000)],
    "power-between.csv": by_the_hour("counting", "08-31T14:00", 14),
    "hangs-1.csv": [gpu("hangs", f"08-31T{hour}:00", 333) for hour in (19, 20, 21, 22)],
    "hangs-2.csv": [gpu("hangs", f"09-01T0{hour}:00", 333) for hour in (1, 2)],
    "hangs-not.csv": [gpu("hangs", "08-31T23:30", 334)],
    "cut-1.csv": [cut("08-31T23:59", "1", "3g.40gb"), cut("08-31T23:59", "2", "4g.40gb"),
                  gpu("cut", "09-01T00:00", 410)],
    "cut-2.csv": [cut("09-01T00:00", "1", "3g.40gb"), gpu("cut", "09-01T00:01", 420)],
    "meter-3.csv": meter("09-01T00:00", 1),
}  # fmt: skip
ALL = FILES | FURTHER_REGISTERS | FURTHER


class Order:
    """A home to which the files are delivered one by one, an hour apart."""

    def __init__(self, folder: Path) -> None:
        """Make the home in the folder."""
        self.folder = folder
        self.settings = Settings(home=folder / "home", min_free_disk_bytes=0)
        self.clock = datetime(2026, 10, 1)
        self.delivered: dict[str, str] = {}

    def deliver(self, names: Iterable[str]) -> None:
        """Add files by their names."""
        for name in names:
            path, rows = self.folder / name, ALL[name]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(rows if isinstance(rows, str) else _csv(rows))
            self.clock += timedelta(hours=1)
            (added,) = landing.add(self.settings, [path], received_at=self.clock)
            self.delivered[name] = added.delivery.delivery_id

    def remove(self, name: str) -> None:
        """Take a file out again."""
        ingest.remove(self.settings, self.delivered.pop(name))

    def night(
        self,
        as_of: date | None = None,
        *,
        again: tuple[date, date] | None = None,
        models: Sequence[str] = (),
        meanwhile: Iterable[str] = (),
    ) -> None:
        """Refresh; or backfill some days; or build only some models and be killed.

        What is delivered meanwhile comes after the night was planned: under Dagster's daemon that is a while.
        """
        settings = self.settings
        # The bundled scenarios are no part of it.
        settings.home.joinpath("scenarios").mkdir(exist_ok=True)
        with lock.held(settings.paths, "night"):
            todo = plan(settings, as_of=as_of)
            tags = backfill_tags(todo, *again) if again else nightly_tags(todo)
            self.deliver(meanwhile)
            first, last = map(date.fromisoformat, tags[READ_AGAIN_TAG].split("/")) if again else (None, None)
            for kind in ("billing", "telemetry", "prices", "registers"):
                ingest.ingest(settings, kind, again_from=first, again_to=last)
            run = begin(settings, tags, todo.as_of)
            transform.build(
                settings, from_date=run.first, to_date=run.last, as_of=todo.as_of, full_refresh=run.is_full_refresh,
                select=[*(models or ["resource_type:model"]), "--exclude-resource-type", "test"],
            )  # fmt: skip
            if not models:
                hashed = inputs_hash(settings.paths, landing.deliveries(settings.paths))
                publish(settings, as_of=todo.as_of, code_revision=code_revision(), inputs_hash=hashed)

    def of_one_night(self, folder: Path) -> Order:
        """A home with the same deliveries, as of the same day, that has known one night."""
        other = Order(folder)
        other.settings.paths.landing.mkdir(parents=True)
        for delivery in landing.deliveries(self.settings.paths):
            landing.link(self.settings.paths, other.settings.paths, delivery)
        other.night(date.fromisoformat(_standing(self.settings).as_of))
        return other

    def differs_from(self, other: Order) -> list[str]:
        """Tables of the standing version, by month where they are cut so, that hold other rows."""
        parts, others = (_standing(order.settings).parts for order in (self, other))
        return sorted(
            f"{table} {part}"
            for table in parts.keys() | others.keys()
            for part in parts.get(table, {}).keys() | others.get(table, {}).keys()
            if parts.get(table, {}).get(part) != others.get(table, {}).get(part)
        )


def _standing(settings: Settings) -> object:
    found = standing(settings.paths)
    assert found is not None
    return found


def _csv(rows: Sequence[dict[str, object]]) -> str:
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(
        text, [name for name in names if name not in ("delivery_id", "source_part")], restval="", extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

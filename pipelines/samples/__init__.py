"""A small company, generated from a seed in the real formats, with its known answer.

Belongs here: inventing deliveries, and working out in plain Python `Decimal` what they add up to. Not here: reading
deliveries. This package imports nothing from `sources`, `warehouse` or the models, so that it can contradict them.

**Northwind Robotics** (fictitious, like every name, account, price and quantity here) trains driving models for
warehouse robots. Twelve months, 2025-09-01 to 2026-08-31, UTC.

Leased
    `i-0a51d4c0ffee0001a` p5.48xlarge, all year, under a one-year no-upfront savings plan whose hourly commitment is
        larger than the machine uses; stopped for 36 hours in April, so that the whole commitment is unused;
        pre-training until an idle weekend in February (21 and 22: it runs, nothing runs on it), fine-tuning after it.
    `i-0b52d4c0ffee0002b` p5.48xlarge on demand, fine-tuning, until 2026-01-30T06:00; off over Christmas.
    `lc-h100-0731` eight H100 at the neocloud Lumen Compute, inference, on demand until a one-year reservation, half of
        it paid at signature, starts on 2025-12-01; six hours out of service in February (reserved hours unused;
        refunded by a correction in March).
    A trial of B200 at Halden Grid from 2026-06 to 2026-08: four, then eight, three quarters of them owed; unbilled.
    AWS bills arrive as CUR legacy, create-new layout, one period a month. **2026-01 was restated**: a second assembly
        reprices a day, fills in invoice ids, adds tax, support, discount and late egress, and drops 18 hours billed
        after the machine had gone. Lumen bills arrive as FOCUS: 1.0 in 2025-09, 1.2 after it (2026-04 as Parquet), 1.3
        in 2026-08.
Owned
    Two servers of eight H100 with a switch, storage and a rack in a colocation hall in Lisbon: ordered from 2025-09,
        live from 2025-11-24 (infrastructure), 2025-12-01 and 2026-03-02; a spare from 2026-01-15. One card was swapped
        on 2026-04-20, the storage was impaired on 2026-05-12. The site's terms change on 2026-03-01, its tariff has two
        bands and changes on 2026-01-01.
Telemetry
    Hourly, wide CSV, one file a month and fleet; `sampled_at` is the end of the hour. 2026-06-15 is in no CSV: it comes
        as Prometheus range answers of hourly step, which do not say what time a point speaks for; in them leased nodes
        carry `exported_pod` and owned nodes `pod`. The last hour of `i-0a51d4c0ffee0001a` comes as one `/metrics` text
        of 23:59:30.
    Planted: a two-hour gap (2025-11-12 03:00-05:00, that node), a counter reset (Lumen's outage), a blank sentinel for
        power, an hour under the exporter's own pod label, GPUs busy without a label (a notebook, acceptance tests), and
        a model that is loaded and never asked.
Prices
    24 months of **invented** quotes of three invented providers.

The known answer is explained beside the functions that compute it, in `answers`, `owned_answer` and `lease_answer`.
"""

from pipelines.samples.build import generate
from pipelines.samples.world import SEED

__all__ = ["SEED", "generate"]

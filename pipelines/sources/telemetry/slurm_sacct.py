"""Slurm's accounting, as `TZ=UTC sacct -a -D -P -S … -E … --format=…` prints it: one job a line, fields between bars.

    JobID,JobIDRaw,Cluster,User,Account,Partition,State,Submit,Start,End,ElapsedRaw,NodeList,AllocTRES,JobName

`JobID, State, Start, End` and `AllocTRES` are needed. `JobIDRaw` is the number that a job and its GPU samples are
labelled with. `-D` tells each run of a requeued job; without it only the last is there. Times have no zone unless
`SLURM_TIME_FORMAT` asks for one: add `--option time_zone=UTC` (or the cluster's, see `_clock`).

Steps (`.batch`, `.extern`, `.0`) tell the job's allocation again and are left out. `Unknown`, `None` and an empty time
are none: a job that has started and is in no final state runs on, and is known until Start + ElapsedRaw. Of
`gres/gpu=8,gres/gpu:h100=8` the total is taken once; MIG instances (`gres/gpu:1g.10gb`) and shards are parts of GPUs
and no whole ones. sacct does not escape bars: a job with one in its name makes its line too long, and the file is
refused; leave JobName out then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast

import polars as pl

from pipelines.sources.files import Candidate, candidate
from pipelines.sources.model import Claim, Csv, Delivery, Expression, LandedFile, Reading, Scan
from pipelines.sources.sql import Fields, as_text, constant, literal
from pipelines.sources.telemetry._clock import Clock, instant_sql, instants

KIND = "telemetry"
TABLE = "raw.job_record"
SUMMARY = "Slurm accounting (sacct -P) with JobID, State, Start, End and AllocTRES"
MODE = "append"
SCOPE = ""

REQUIRED: Final = ("JobID", "State", "Start", "End", "AllocTRES")
_TIMES: Final = ("Submit", "Start", "End")
_NO_TIME: Final = ("Unknown", "None", "None assigned")
# States a job leaves again; of every other the end is known.
_OPEN_STATES: Final = (
    "PENDING",
    "RUNNING",
    "SUSPENDED",
    "STOPPED",
    "COMPLETING",
    "CONFIGURING",
    "RESIZING",
    "SIGNALING",
    "STAGE_OUT",
    "REQUEUE_HOLD",
    "RESV_DEL_HOLD",
    "SPECIAL_EXIT",
)
_MOST_NODES: Final = 100_000


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each text whose first line is sacct's."""
    return [Claim((file,), f"Slurm accounting {file.name}") for file in files if set(REQUIRED) <= set(_header(file))]


def read(delivery: Delivery) -> Reading:
    """Each job's run as a row.

    Raises:
        InputError: a time has no zone and nobody said which, or the clock shows it twice or never.
    """
    return Reading(tuple(_scan(file, delivery.options) for file in delivery.files))


def _header(file: Candidate) -> tuple[str, ...]:
    first = file.head_text.split("\n", 1)[0].rstrip("\r")
    return tuple(first.split("|")) if "|" in first else ()


def _scan(file: LandedFile, options: Mapping[str, str]) -> Scan:
    look = candidate(file)
    layout = Csv(header=_header(look), delimiter="|", compression=look.compression)
    fields = Fields(file, layout.header, positional=True)
    clock = Clock.of(options, file)
    local = _judged_times(file, layout, clock)

    def time(name: str, *, unless: str = "false") -> Expression:
        text = fields.get(name)
        words = ", ".join(literal(word) for word in _NO_TIME)
        return instant_sql(f"(case when not ({unless}) and {text} not in ({words}) then {text} end)", clock, local)

    job, tres = fields["JobID"], fields["AllocTRES"]
    state = f"split_part({fields['State']}, ' ', 1)"
    is_open = f"{state} in ({', '.join(literal(name) for name in _OPEN_STATES)})"
    # `sacct --truncate` gives a job that runs on the end of the window for its end.
    started, told, ended = time("Start"), time("End"), time("End", unless=f"{state} in ('RUNNING', 'SUSPENDED')")
    array = f"nullif(regexp_extract({job}, '^([0-9]+)_', 1), '')"
    elapsed = f"to_seconds(try_cast({fields.get('ElapsedRaw')} as bigint))"
    nodes = f"(case when {fields.get('NodeList')} not in ('None assigned', 'None') then {fields.get('NodeList')} end)"
    return Scan(
        file=file,
        layout=layout,
        select={
            "job_kind": constant("slurm"),
            "cluster": as_text(fields.get("Cluster")),
            "job_id": Expression(f"coalesce({fields.get('JobIDRaw')}, {job})"),
            "array_job_id": Expression(array),
            "job_name": as_text(fields.get("JobName")),
            "user_name": as_text(fields.get("User")),
            "account": as_text(fields.get("Account")),
            "partition": as_text(fields.get("Partition")),
            "state": Expression(state),
            "submitted_at": time("Submit"),
            "started_at": started,
            "ended_at": ended,
            "known_until_at": Expression(
                f"coalesce({told.sql}, case when {is_open} then {started.sql} + {elapsed} end)"
            ),
            "is_right_censored": Expression(
                f"coalesce({started.sql} is not null and {ended.sql} is null and {is_open}, false)"
            ),
            "node_list": as_text(nodes),
            "nodes": Expression(_hosts_sql(nodes)),
            **_gpus(tres),
        },
        reject={
            "ended_at: missing, though the state is final": (
                "started_at is not null and ended_at is null and not is_right_censored"
            ),
            "ended_at: before started_at": "ended_at < started_at",
        },
        leave_out={"a step: its job's allocation told again": f"contains({job}, '.')"},
        unread=fields.unread,
    )


def _judged_times(file: LandedFile, layout: Csv, clock: Clock) -> tuple[datetime, datetime] | None:
    """First and last time without a zone in the file; None where there is none.

    Raises:
        InputError: see `read`.
    """
    columns = [name for name in _TIMES if name in layout.header]
    with candidate(file).content() as content:
        texts = pl.read_csv(
            content.read(),
            separator=layout.delimiter,
            quote_char=None,
            infer_schema=False,
            encoding="utf8-lossy",
            # Lines that are too long are refused by the loader, by number.
            truncate_ragged_lines=True,
        )
    times = (
        texts.select(columns)
        .with_row_index("line", offset=2)
        .unpivot(columns, index="line", value_name="time")
        .filter(pl.col("time").is_not_null() & ~pl.col("time").is_in(["", *_NO_TIME]))
        .sort("line")
    )
    instants(times, "time", clock, file)
    local = times.select(
        pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    ).to_series()
    return None if local.null_count() == local.len() else cast(tuple[datetime, datetime], (local.min(), local.max()))


def _gpus(tres: str) -> dict[str, Expression]:
    """Whole GPUs, their kind and parts of GPUs from text like `cpu=96,gres/gpu:h100=8,gres/gpu=8`."""
    typed = f"regexp_extract_all({tres}, '(?:^|,)gres/gpu:([^,=]+=[0-9]+)', 1)"
    is_mig = "regexp_matches(entry, '[0-9]g[.][0-9]+gb')"
    whole = f"list_filter({typed}, lambda entry: not {is_mig})"
    parts = f"list_filter({typed}, lambda entry: {is_mig})"
    shards = f"regexp_extract_all({tres}, '(?:^|,)gres/(shard(?::[^,=]+)?=[0-9]+)', 1)"

    def counted(entries: str) -> str:
        counts = f"list_transform({entries}, lambda entry: cast(split_part(entry, '=', 2) as bigint))"
        return f"coalesce(list_sum({counts}), 0)"

    total = f"try_cast(regexp_extract({tres}, '(?:^|,)gres/gpu=([0-9]+)', 1) as bigint)"
    text = f"list_concat(list_transform({parts}, lambda entry: 'mig-' || entry), {shards})"
    kinds = f"list_sort(list_distinct(list_transform({whole}, lambda entry: split_part(entry, '=', 1))))"
    return {
        "gpus": Expression(
            f"cast(case when {total} >= {counted(parts)} then {total} - {counted(parts)} else {counted(whole)} end "
            "as double)"
        ),
        "gpu_model_name": Expression(f"nullif(array_to_string({kinds}, ','), '')"),
        "gpu_parts": Expression(f"nullif(array_to_string({text}, ','), '')"),
    }


def _hosts_sql(nodes: str) -> str:
    """Names written out from `gpu[01-03,7],login1`; null where a name has two ranges, or there are too many."""
    items = f"regexp_extract_all({nodes}, '(?:[^,\\[]|\\[[^\\]]*\\])+')"
    low, high = "split_part(span, '-', 1)", "split_part(span || '-' || span, '-', 2)"
    digits = "cast(number as varchar)"
    width = f"cast(greatest(length({low}), length({digits})) as integer)"
    spelt = (
        f"list_transform(range(cast({low} as bigint), cast({high} as bigint) + 1), "
        f"lambda number: lpad({digits}, {width}, '0'))"
    )
    spans = "string_split(regexp_extract(item, '\\[([^\\]]*)\\]', 1), ',')"
    numbers = f"flatten(list_transform({spans}, lambda span: {spelt}))"
    names = (
        f"list_transform({numbers}, lambda number: "
        "regexp_extract(item, '^([^\\[]*)', 1) || number || regexp_extract(item, '\\]([^\\]]*)$', 1))"
    )
    every = f"flatten(list_transform({items}, lambda item: case when contains(item, '[') then {names} else [item] end))"
    spans_of_all = f"regexp_extract_all({nodes}, '([0-9]+-[0-9]+)', 1)"
    widths = (
        f"list_transform({spans_of_all}, lambda span: "
        "try_cast(split_part(span, '-', 2) as bigint) - try_cast(split_part(span, '-', 1) as bigint))"
    )
    can_be = (
        f"not regexp_matches({nodes}, '\\][^,]*\\[') "
        f"and regexp_full_match({nodes}, '(?:[^,\\[\\]]+|,|\\[[0-9]+(?:-[0-9]+)?(?:,[0-9]+(?:-[0-9]+)?)*\\])*') "
        f"and coalesce(list_sum({widths}), 0) < {_MOST_NODES}"
    )
    return f"case when {can_be} then array_to_string({every}, ',') end"

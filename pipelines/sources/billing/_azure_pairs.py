"""Which runs of Azure exports tell a month together: the actual view and the amortised view of it.

Belongs here: pairing, and refusing one view where both are needed. Not here: what a run is, what its rows become.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.errors import InputError
from pipelines.sources.billing._azure_runs import Run
from pipelines.sources.files import Candidate

_NAMES = {"actual": "actual", "amortized": "amortised"}
_OTHER = {"actual": "amortized", "amortized": "actual"}


@dataclass(frozen=True, slots=True)
class Told:
    """What tells a month whole.

    Attributes:
        use: the amortised view, or the only one where no commitment is in it.
        payments: the actual view; None where `use` is all there is.
        beside: files of earlier runs that have no partner; kept, not read.
    """

    use: Run
    payments: Run | None
    beside: list[Candidate] = field(default_factory=list)

    @property
    def ran_at(self) -> str:
        """Time up to which both views are known, as YYYYMMDDhhmmss; '' where one of them tells none."""
        return min(run.ran_at for run in (self.use, self.payments) if run)


def paired(runs: Sequence[Run]) -> list[Told]:
    """The runs by the months they tell, each run once.

    Runs of one day belong together, then runs whose use reaches equally far. A run without commitments may be either
    view, of the same day only.

    Raises:
        InputError: a run holds one view of a month whose other view is needed and is not there, or both views mixed.
    """
    for run in runs:
        if run.view == "both":
            raise InputError(
                "holds purchases of commitments and what they are worth in use: both views of a month in one export",
                file=run.parts[0].name,
                next_step="export actual cost and amortised cost as files of their own, and add both together",
            )
    latest_first = sorted(runs, key=lambda run: (run.ran_at, run.profile.last_day), reverse=True)
    left = {view: [run for run in latest_first if run.view == view] for view in ("amortized", "actual", "")}
    told: list[Told] = []
    for use in list(left["amortized"]):
        fitting = [run for run in left["actual"] + left[""] if _tells_all_of(use, run)]
        if payments := _nearest(use, fitting):
            told.append(Told(use, payments))
            left["amortized"].remove(use)
            left[payments.view].remove(payments)
    for payments in list(left["actual"]):
        fitting = [run for run in left[""] if _tells_all_of(run, payments)]
        if unmarked := _nearest(payments, fitting):
            told.append(Told(unmarked, payments))
            left["actual"].remove(payments)
            left[""].remove(unmarked)
    pairs = list(told)
    for run in (*left["amortized"], *left["actual"], *left[""]):
        if not run.has_commitments:
            told.append(Told(run, None))
        elif pair := next((pair for pair in pairs if _is_passed_by(run, pair)), None):
            pair.beside.extend((*run.parts, *run.files))
        else:
            raise _one_view_alone(run)
    return sorted(told, key=lambda item: (item.ran_at, item.use.parts[0].name))


def _tells_all_of(use: Run, payments: Run) -> bool:
    """Whether the amortised view tells every month of the actual view's use, which is left out for it."""
    months = use.profile.months
    same = use.profile.agreement == payments.profile.agreement
    return same and payments.profile.usage_months <= months and bool(payments.profile.months & months)


def _nearest(run: Run, others: Sequence[Run]) -> Run | None:
    """The nearest of the runs that fit; one that is not known to be the other view only where it is of the same day."""

    def distance(other: Run) -> tuple[bool, bool]:
        return other.ran_at[:8] != run.ran_at[:8], other.profile.last_day != run.profile.last_day

    return min((other for other in others if other.view or not distance(other)[0]), key=distance, default=None)


def _is_passed_by(run: Run, pair: Told) -> bool:
    """Whether a whole later delivery of the same months stands beside a run that is none."""
    return "" < run.ran_at < pair.ran_at and bool(run.profile.months & pair.use.profile.months)


def _one_view_alone(run: Run) -> InputError:
    other = _NAMES[_OTHER[run.view]]
    return InputError(
        f"holds the {_NAMES[run.view]} cost of a month with reservations or savings plans in it, and the {other} cost "
        "of the same month is not there: what is billed and what it is worth in use are told by the two together",
        file=run.parts[0].name,
        next_step=f"export the {other} cost of the same month too, and add both together",
    )

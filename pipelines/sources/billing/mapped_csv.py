"""Any provider's invoice or usage CSV, as a mapping file says: `*.mapping.yaml` beside the CSV files it names.

A CSV that comes alone is read by the mapping that ships with tenure (`data/mappings`), where its header is exactly that
mapping's. The mapping is part of the delivery: it lands with the bytes, and a delivery reads tomorrow as it does today.

A delivery holds whole billing periods of its accounts, as FOCUS does (see `focus`). docs/mapping.md has every key.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

from pipelines.errors import InputError
from pipelines.sources.billing._mapped_file import CheckedMapping, checked_mapping
from pipelines.sources.billing._mapped_keys import CsvKeys
from pipelines.sources.billing._mapped_sql import REJECT, MappedSql, columns_read
from pipelines.sources.billing._mapped_yaml import nearest
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate, candidate
from pipelines.sources.frames import read_text
from pipelines.sources.handkept import raise_problems
from pipelines.sources.model import Claim, Csv, Delivery, LandedFile, Reading, Scan, Total
from pipelines.sources.sql import Fields

KIND = "billing"
TABLE = "raw.cost_line"
SUMMARY = "Any provider's CSV beside a mapping file (*.mapping.yaml) that says what its columns mean"
MODE = "replace"
# Two providers may know us by the same account.
SCOPE = (
    "concat_ws('|', source, lower(coalesce(invoice_issuer_name, service_provider_name)), billing_account_id, "
    "strftime(billing_period_start, '%Y-%m-%d'))"
)

SUFFIXES: Final = (".mapping.yaml", ".mapping.yml")
SHIPPED: Final = Path(__file__).parents[3] / "data" / "mappings"

LATER: Final = "strftime(max(charge_period_start) filter (where charge_category = 'Usage'), '%Y-%m-%dT%H:%M:%SZ')"
# Versions are compared as text. Dates begin with a digit; a number typed into the mapping outranks them, and "the last
# that arrived" outranks numbers.
NUMBERED: Final = "v{:012d}"
ARRIVED: Final = "w"

_UTF_16_BIG_ENDIAN: Final = codecs.BOM_UTF16_BE


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each mapping with the CSV files it names, and each CSV with the header of one mapping that ships with tenure.

    Raises:
        InputError: a mapping is wrong, names no file that is there, or names one that another names too.
    """
    mappings = [file for file in files if is_mapping(file.name)]
    rest = [file for file in files if file not in mappings]
    found: list[Claim] = []
    taken: dict[str, str] = {}
    for file in mappings:
        mapping = _read_mapping(LandedFile(file.name, file.path, "", 0))
        named = [other for other in rest if _names(mapping, file.name, other.name)]
        _check_named(mapping, file, named, taken)
        taken |= {other.name: file.name for other in named}
        found.append(_claim(mapping, file, named))
    return found + _by_header([file for file in rest if file.name not in taken])


def is_mapping(name: str) -> bool:
    """Whether a file of that name is a mapping."""
    return name.lower().endswith(SUFFIXES)


def read(delivery: Delivery) -> Reading:
    """Every CSV as a scan for the warehouse.

    Raises:
        InputError: the mapping is wrong, or a CSV lacks a column that it names.
    """
    (file,) = (item for item in delivery.files if is_mapping(item.name))
    mapping = _read_mapping(file)
    scans = [_scan(mapping, item) for item in delivery.files if item is not file]
    version = mapping.keys.version
    return Reading(
        parts=tuple(scan for scan, _ in scans),
        version=NUMBERED.format(version) if isinstance(version, int) else ARRIVED if version == "arrival" else "",
        version_sql=LATER if version == "usage" else None,
        provider_total=scans[0][1] if len(scans) == 1 else None,
    )


def _read_mapping(file: LandedFile) -> CheckedMapping:
    return checked_mapping(file.name, read_text(file))


def _names(mapping: CheckedMapping, place: str, name: str) -> bool:
    """Whether the mapping at `place` names the file `name`; a `*` stays within its folder."""
    folder = place.rpartition("/")[0]
    inside = name.removeprefix(f"{folder}/") if folder else name
    if folder and inside == name:
        return False
    parts = inside.split("/")
    return any(
        len(parts) == len(wanted := pattern.split("/")) and all(map(fnmatchcase, parts, wanted))
        for pattern in mapping.keys.files
    )


def _check_named(mapping: CheckedMapping, file: Candidate, named: Sequence[Candidate], taken: dict[str, str]) -> None:
    line = mapping.text.line(("files",))
    if not named:
        raise InputError(
            f"no file here is named {' or '.join(mapping.keys.files)}",
            file=file.name,
            line=line,
            next_step="put the CSV into the mapping's folder and add the folder; where another source takes the CSV, "
            "add it with --source mapped_csv",
        )
    for other in named:
        if other.name in taken:
            raise InputError(
                f"{other.name} is named by {taken[other.name]} too",
                file=file.name,
                line=line,
                next_step="let each CSV be named by one mapping: narrow `files:` of one of the two",
            )


def _claim(mapping: CheckedMapping, file: Candidate, named: Sequence[Candidate]) -> Claim:
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return Claim((file, *named), f"CSV by mapping {mapping.keys.mapping}, {named[0].name}{more}")


def _by_header(files: Sequence[Candidate]) -> list[Claim]:
    shipped = list(_shipped())
    groups: dict[str, list[Candidate]] = {}
    for file in files:
        fitting = [path for path, mapping in shipped if _fits(mapping, file)]
        if len(fitting) == 1:
            groups.setdefault(str(fitting[0]), []).append(file)
    return [
        _claim(mapping, Candidate(f"tenure/data/mappings/{path.name}", path), parts)
        for path, mapping in shipped
        for parts in grouped(groups.get(str(path), ()))
    ]


@cache
def _shipped() -> tuple[tuple[Path, CheckedMapping], ...]:
    """The mappings that ship with tenure."""
    paths = sorted(path for path in SHIPPED.glob("*") if is_mapping(path.name))
    return tuple((path, _read_mapping(LandedFile(path.name, path, "", 0))) for path in paths)


def _fits(mapping: CheckedMapping, file: Candidate) -> bool:
    if file.is_parquet:
        return False
    try:
        return sorted(_header(file, mapping.keys.csv)) == sorted(mapping.keys.header) != []
    except (UnicodeError, csv.Error, StopIteration):
        return False


def _header(file: Candidate, keys: CsvKeys) -> tuple[str, ...]:
    """Names in the header line of a file laid out as `keys` say; () where there is none.

    Raises:
        UnicodeError: it is not in that encoding.
        csv.Error: it is no such CSV.
    """
    encoding = "utf-8-sig" if keys.encoding == "utf-8" else keys.encoding
    text = io.StringIO(codecs.getincrementaldecoder(encoding)().decode(file.head, final=False), newline="")
    for _ in range(keys.lines_before_header):
        text.readline()
    return tuple(name.strip() for name in next(csv.reader(text, delimiter=keys.character), ()))


def _scan(mapping: CheckedMapping, file: LandedFile) -> tuple[Scan, Total | None]:
    keys = mapping.keys.csv
    look = candidate(file)
    header = _readable_header(mapping, file)
    layout = Csv(header, keys.character, keys.lines_before_header + 1, look.compression, keys.encoding)
    _check_header(mapping, file, header)
    fields = Fields(file, header, positional=True)
    sql = MappedSql(mapping, fields)
    select, leave_out, total = sql.select(), sql.leave_out(), sql.total()
    scan = Scan(file, layout, select, REJECT, leave_out, unread=fields.unread)
    return scan, Total(file, layout, total) if total else None


def _readable_header(mapping: CheckedMapping, file: LandedFile) -> tuple[str, ...]:
    keys, look = mapping.keys.csv, candidate(file)
    at = f"{mapping.text.name} says {keys.encoding}, columns apart by {keys.delimiter!r}"
    if keys.encoding == "utf-16" and look.head.startswith(_UTF_16_BIG_ENDIAN):
        raise InputError("is UTF-16 with the high byte first", file=file.name, line=1, next_step="save it as UTF-8")
    try:
        return _header(look, keys)
    except (UnicodeError, csv.Error) as error:
        raise InputError(
            f"cannot be read as its mapping says ({error})",
            file=file.name,
            line=1,
            next_step=f"{at}: correct `csv:` there, or export the file again",
        ) from error


def _check_header(mapping: CheckedMapping, file: LandedFile, header: Sequence[str]) -> None:
    """Compare the CSV's columns with those that the mapping names.

    Raises:
        InputError: lists every column that is missing or stands twice, at the mapping's line that names it.
    """
    problem, declared = mapping.text.problem, mapping.keys.header
    found = []
    for location, name in columns_read(mapping):
        if name not in header:
            found.append(
                problem(location, f"{file.name} has no column {name!r}", f"{_hint(name, header)}correct the name")
            )
        elif header.count(name) > 1:
            found.append(problem(location, f"{file.name} has the column {name!r} twice", "rename one in the export"))
    for name in declared:
        if name not in header:
            remedy = f"{_hint(name, header)}correct `header:`"
            found.append(problem(("header",), f"{file.name} has no column {name!r}", remedy))
    for name in header if declared else ():
        if name not in declared:
            remedy = "map it, or leave it unread: add it to `header:`"
            found.append(problem(("header",), f"{file.name} has a further column {name!r}", remedy))
    raise_problems(found, InputError)


def _hint(name: str, header: Sequence[str]) -> str:
    close = nearest(name, header)
    return f"the nearest is {close!r}; " if close else "its header line is empty; "

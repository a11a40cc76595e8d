"""Answers of Prometheus' query API series by series, so that one may be longer than memory.

Belongs here: taking an answer apart, and what is wrong with one. Not here: which metrics are stored.

An answer is one JSON object around a list of series, and a month of a cluster is a line of gigabytes. It is cut where a
series begins, which no text inside it can look like, for quotes in text are escaped. `QuickAnswer` parses labels and
leaves points the bytes they are. Where anything looks other than Prometheus writes it, it gives up; `checked_series`
parses all of it and knows what to say of a fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import IO, Any, Final, NoReturn

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, candidate
from pipelines.sources.model import LandedFile

RESULT_TYPES: Final = ("vector", "matrix")
_CHUNK_BYTES: Final = 8 << 20
# What DuckDB is given in one piece, so that a series may be as long as it likes.
_PART_BYTES: Final = 8 << 20
_BEGIN: Final = re.compile(rb'\{\s*"metric"\s*:\s*(?=\{)')
_KEY: Final = re.compile(rb'\s*,\s*"(values?)"\s*:\s*(?=\[)')
_BETWEEN: Final = b", \t\r\n"
_SHOWN_CHARACTERS: Final = 30


class Doubt(ValueError):
    """An answer does not look as Prometheus writes it."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series of an answer.

    Attributes:
        labels: as delivered.
        points: JSON; of an instant answer one point, else a list of them.
        is_list: whether it is a list.
    """

    labels: Mapping[str, Any]
    points: bytes
    is_list: bool

    def parts(self) -> Iterator[tuple[int, bytes]]:
        """The points as one or more JSON lists, with how many each should hold.

        Raises:
            Doubt: they are not pairs.
        """
        if not self.is_list:
            yield 1, b"[" + self.points + b"]"
            return
        start = 1
        while 0 < (end := self.points.find(b"]", start + _PART_BYTES)) < len(self.points) - 1:
            yield _counted(b"[" + self.points[start : end + 1].lstrip(_BETWEEN) + b"]")
            start = end + 1
        rest = self.points[start:].lstrip(_BETWEEN)
        # Of nothing at all it is the list itself that is wrong, and is shown.
        if start == 1 or rest != b"]":
            yield _counted(b"[" + rest)


def _counted(points: bytes) -> tuple[int, bytes]:
    rows = points.count(b"[") - 1
    # DuckDB would let a comma pass that nothing follows.
    if points.count(b",") != 2 * rows - 1:
        raise Doubt
    return rows, points


class QuickAnswer:
    """An answer as Prometheus writes it, read once. What is around the series is in `content` when they are through.

    Raises:
        Doubt: while it is read, where it looks otherwise; nothing that came before counts then.
    """

    def __init__(self, file: Candidate) -> None:
        self._file = file
        self.content: dict[str, Any] = {}

    def series(self) -> Iterator[Series]:
        """Every series, in the file's order."""
        head = after = b""
        keys = set()
        with self._file.content() as content:
            for position, piece in enumerate(_pieces(content)):
                if position == 0:
                    head = piece.removeprefix(b"\xef\xbb\xbf")
                    continue
                if position > 1 and after.strip() != b",":
                    raise Doubt
                labels, start = _labels(piece)
                key = _KEY.match(piece, start)
                # Points hold times and numbers as text: the next brace is the series' own.
                end = piece.find(b"}", start)
                if key is None or end < 0:
                    raise Doubt
                keys.add(key[1])
                after = piece[end + 1 :]
                yield Series(labels, piece[key.end() : end].rstrip(), key[1] == b"values")
        try:
            found = json.loads(head + after)
        except ValueError as error:
            raise Doubt from error
        key_name = {"matrix": b"values", "vector": b"value"}.get(str(result_type(found)))
        if key_name is None or found["data"].get("result") or not keys <= {key_name}:
            raise Doubt
        self.content = found


def result_type(content: object) -> object:
    """`vector` of an instant query, `matrix` of a range; None where the query failed or the content is no answer."""
    data = content.get("data") if isinstance(content, dict) and content.get("status") == "success" else None
    return data.get("resultType") if isinstance(data, dict) else None


def outline(file: Candidate) -> Any:
    """A file's JSON; of a long answer what is not its points. None where the file is neither."""
    if not file.is_long_answer:
        return file.json
    answer = QuickAnswer(file)
    try:
        found = [{"metric": series.labels} for series in answer.series()]
    except Doubt:
        return None
    return answer.content | {"data": answer.content["data"] | {"result": found}}


def checked_series(file: LandedFile) -> Iterator[tuple[Mapping[str, Any], list[float], list[str]]]:
    """Labels, times in seconds and values of every series.

    Raises:
        InputError: the query failed, or the file is cut or of another shape; says in which series and line.
    """
    content = _around(file)
    if isinstance(content, dict) and content.get("status") == "error":
        raise InputError(
            f"the query failed: {content.get('errorType', 'error')}: {content.get('error', 'no message')}",
            file=file.name,
            next_step="mend the query and save its answer again",
        )
    kind = result_type(content)
    if kind not in RESULT_TYPES:
        raise InputError(
            f"the answer is of the type {kind!r}, not vector or matrix",
            file=file.name,
            next_step="save the answer of /api/v1/query or /api/v1/query_range as it is",
        )
    line, position, rest = 1, 0, ","
    for position, piece in enumerate(_texts(file)):
        if position:
            if rest.strip() != ",":
                _cut(file, json.JSONDecodeError("Expecting ',' delimiter", rest, 0), position - 1, line)
            item, rest = _item(file, piece, position, line)
            yield _series(file, item, position, str(kind), line)
        line += piece.count("\n")
    # Written otherwise than Prometheus does, series are not found by how they begin, and stay with what is around.
    for own, item in enumerate(content["data"].get("result") or [], start=position + 1):
        yield _series(file, item, own, str(kind), None)


def _around(file: LandedFile) -> Any:
    """What is around the series."""
    head = last = ""
    line = last_line = 1
    position = 0
    for position, piece in enumerate(_texts(file)):
        head, last, last_line = (head, piece, line) if position else (piece, "", line)
        line += piece.count("\n")
    rest = _item(file, last, position, last_line)[1] if position else ""
    try:
        return json.loads(head + rest)
    except json.JSONDecodeError as error:
        is_after = error.pos >= len(head)
        _cut(
            file,
            error,
            None,
            line - rest.count("\n") + error.lineno - head.count("\n") - 1 if is_after else error.lineno,
        )


def _item(file: LandedFile, text: str, position: int, line: int) -> tuple[Any, str]:
    """The series that a piece begins with, and what follows it."""
    try:
        item, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        _cut(file, error, position, line + error.lineno - 1)
    return item, text[end:]


def _cut(file: LandedFile, error: json.JSONDecodeError, position: int | None, line: int) -> NoReturn:
    found = error.doc[error.pos : error.pos + _SHOWN_CHARACTERS]
    raise InputError(
        f"the JSON is cut or damaged ({error.msg}{f' in series {position:,}' if position else ''}, "
        f"at {repr(found) if found else 'the end of the file'})",
        file=file.name,
        line=line,
        next_step="run the query again",
    ) from error


def _series(
    file: LandedFile, item: Any, position: int, kind: str, line: int | None
) -> tuple[Mapping[str, Any], list[float], list[str]]:
    key = "values" if kind == "matrix" else "value"
    points: Any = None
    try:
        points = item[key]
        flat = list(chain.from_iterable(_pairs(points if kind == "matrix" else [points])))
        labels = item["metric"]
        if not isinstance(labels, dict):
            raise TypeError
        return labels, list(map(float, flat[0::2])), list(map(str, flat[1::2]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"series {position} has no labels and {key!r} of time and text{_first_fault(points)}",
            file=file.name,
            line=line,
            next_step="save the answer of /api/v1/query or /api/v1/query_range as it is",
        ) from error


def _pairs(points: Any) -> Any:
    if set(map(len, points)) != {2}:
        raise ValueError
    return points


def _first_fault(points: Any) -> str:
    """The first point that is none, to be shown."""
    if not isinstance(points, list):
        return ""
    for place, point in enumerate(points, start=1):
        try:
            (seconds, _text) = point
            float(seconds)
        except (TypeError, ValueError):
            return f" (point {place:,} is {json.dumps(point)[:_SHOWN_CHARACTERS]})"
    return ""


def _texts(file: LandedFile) -> Iterator[str]:
    line = 1
    with candidate(file).content() as content:
        for position, piece in enumerate(_pieces(content)):
            try:
                text = piece.decode("utf-8-sig" if position == 0 else "utf-8")
            except UnicodeDecodeError as error:
                raise InputError(
                    f"the content is not UTF-8 (byte {piece[error.start]:#04x})",
                    file=file.name,
                    line=line + piece.count(b"\n", 0, error.start),
                    next_step="save it as UTF-8",
                ) from error
            line += text.count("\n")
            yield text


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    """What comes before the first series; then each series with what follows it."""
    held = b""
    has_begun = False
    # A series that is longer than the chunk is searched again: the more of it there is, the more is read at once.
    while chunk := content.read(max(_CHUNK_BYTES, len(held))):
        held += chunk
        starts = [found.start() for found in _BEGIN.finditer(held)]
        if not starts:
            continue
        if not has_begun:
            yield held[: starts[0]]
            has_begun = True
        for start, end in pairwise(starts):
            yield held[start:end]
        held = held[starts[-1] :]
    yield held


def _labels(piece: bytes) -> tuple[dict[str, Any], int]:
    """The labels of a series, and where they end."""
    start = end = piece.index(b"{", 1)
    while end := piece.find(b"}", end) + 1:
        try:
            return json.loads(piece[start:end]), end
        except ValueError:
            # A brace within a label's text.
            continue
    raise Doubt

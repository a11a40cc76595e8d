"""Landing: every delivery as it came, content-addressed and never altered.

    landing/files/<sha256>               the bytes
    landing/deliveries/<delivery_id>.json  which files belong together, under which names

Everything else can be rebuilt from here. File names from outside are kept as text and never used as paths. What is
being written has a name of its own beside them (`.write-…`) until it is whole; whoever was killed over it leaves it,
and the next one to add or remove takes it away.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO

from pipelines.errors import InputError, StorageError, UnknownFileError, UsageError
from pipelines.settings import Home, Settings
from pipelines.sources import all_sources, source_named
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Contents, Delivery, LandedFile
from pipelines.warehouse import lock
from pipelines.warehouse.incoming import inspect

CHUNK_BYTES = 1 << 20
# Parts kept in the name of a file that is added alone: enough for the layouts that manifests refer to.
NAME_PARTS = 6
UNFINISHED = ".write-"


@dataclass(frozen=True, slots=True)
class Added:
    """A delivery that `add` recognised; `is_new` is False when landing already held it."""

    delivery: Delivery
    is_new: bool


def add(
    settings: Settings,
    paths: Sequence[Path],
    *,
    received_at: datetime,
    source: str | None = None,
    options: dict[str, str] | None = None,
    progress: Callable[[Delivery], None] = lambda delivery: None,
    left_alone: Callable[[str], None] | None = None,
) -> list[Added]:
    """Recognise the deliveries under `paths`, read each through, and copy them to landing; all or, on error, none.

    Args:
        settings: where landing is, and what reading may use.
        paths: files, or folders taken whole.
        received_at: stamp for the ledger, UTC without zone.
        source: name of the source that must take every file, instead of recognising them.
        options: given to the deliveries on top of what their source found.
        progress: called before each delivery that is read.
        left_alone: called with the name of each file that no source recognises; without it such a file is an error.

    Raises:
        UsageError: a path does not exist, or no such source.
        UnknownFileError: no source recognises a file.
        InputError: what a source found wrong.
        LockedError: another process writes this home.
    """
    home = settings.paths
    claims = _claims(_candidates(paths), source, left_alone)
    found = [_delivery(name, claim, received_at, options or {}) for name, claim in claims]
    fresh: dict[str, Delivery] = {}
    for delivery in found:
        if delivery.delivery_id not in fresh and not _record_path(home, delivery.delivery_id).exists():
            progress(delivery)
            fresh[delivery.delivery_id] = replace(delivery, contents=inspect(delivery, settings))
    if any(delivery.kind == "registers" for delivery in fresh.values()):
        from pipelines.warehouse import agreement

        agreement.check(settings, list(fresh.values()), deliveries(home))
    with lock.held(home, "add"):
        _sweep(home)
        # A delivery exists once its record does: written when all bytes are there, or a full disk would leave some.
        for file in (file for delivery in fresh.values() for file in delivery.files):
            _copy_to(file.path, home.landing / "files" / file.sha256, file)
        for delivery in fresh.values():
            _record(home, delivery)
    return [
        # The same content twice in one go is new the first time.
        Added(_load_record(home, _record_path(home, item.delivery_id)), fresh.pop(item.delivery_id, None) is not None)
        for item in found
    ]


def deliveries(home: Home) -> list[Delivery]:
    """Every delivery in landing, in order of arrival."""
    folder = home.landing / "deliveries"
    records = [_load_record(home, path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    return sorted(records, key=lambda delivery: (delivery.received_at, delivery.delivery_id))


def check(delivery: Delivery) -> None:
    """Look whether a delivery's files are the bytes that were delivered: everything is made from them.

    Raises:
        StorageError: one of them is gone or was altered.
    """
    for file in delivery.files:
        if not _is_whole(file):
            raise StorageError(
                f"no longer holds what was delivered as {file.name}",
                file=file.path,
                next_step="restore it from a backup of landing/; without one: "
                f"tenure remove {delivery.delivery_id}, and add the delivery again",
            )


def remove(home: Home, delivery_id: str) -> Delivery:
    """Take a delivery out, as one that should not have been added. Its files and its record stay under `removed/`.

    Args:
        home: where landing is.
        delivery_id: its id, or the beginning of it.

    Raises:
        UsageError: no delivery, or more than one, has an id that begins so.
        LockedError: another process writes this home.
    """
    found = [delivery for delivery in deliveries(home) if delivery.delivery_id.startswith(delivery_id)]
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} deliveries have an id that begins with {delivery_id!r}",
            next_step="see: tenure status --json",
        )
    record = _record_path(home, found[0].delivery_id)
    kept = home.landing / "removed" / record.name
    with lock.held(home, "remove"):
        _sweep(home)
        kept.parent.mkdir(parents=True, exist_ok=True)
        record.replace(kept)
    return found[0]


def link(home: Home, target: Home, delivery: Delivery) -> None:
    """Put a delivery of one home into the landing of another, as it is; its bytes are linked where the disk can.

    Hold the lock (`lock.held`) of the other around it.
    """
    for file in delivery.files:
        place = target.landing / "files" / file.sha256
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            continue
        try:
            os.link(file.path, place)
        except OSError:
            _copy_to(file.path, place, file)
    record = _record_path(target, delivery.delivery_id)
    record.parent.mkdir(parents=True, exist_ok=True)
    _write_whole(record, _record_path(home, delivery.delivery_id).read_bytes())


def _candidates(paths: Sequence[Path]) -> list[Candidate]:
    found: list[Candidate] = []
    # Cut at one depth, so that files given one by one keep their places to each other.
    depths = [len(path.resolve().parts) for path in paths if path.is_file()]
    left_out = max(1, min(depths, default=0) - NAME_PARTS)
    for path in paths:
        if path.is_dir():
            # Hidden files are the litter of file managers and archive tools, not deliveries.
            inside = sorted(
                file
                for file in path.rglob("*")
                if not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
            for file in inside:
                if file.is_symlink():
                    raise InputError("is a symbolic link", file=file, next_step="add what it points at")
            inside = [file for file in inside if file.is_file()]
            found += [Candidate(f"{path.name}/{file.relative_to(path).as_posix()}", file) for file in inside]
        elif path.is_file():
            found.append(Candidate("/".join(path.resolve().parts[left_out:]), path))
        else:
            raise UsageError(f"no such file or folder: {path}", next_step="check the path")
    names = [item.name for item in found]
    found = [item if names.count(item.name) == 1 else Candidate(str(item.path.resolve()), item.path) for item in found]
    for item in found:
        if item.path.stat().st_size == 0:
            raise InputError("the file is empty (0 bytes)", file=item.name, next_step="copy it again from its export")
    return found


def _claims(
    candidates: Sequence[Candidate], source: str | None, left_alone: Callable[[str], None] | None
) -> list[tuple[str, Claim]]:
    chosen = {source: source_named(source)} if source else all_sources()
    left = {item.name: item for item in candidates}
    claims: list[tuple[str, Claim]] = []
    for name, module in chosen.items():
        found = module.claim(list(left.values()))
        claims += [(name, claim) for claim in found]
        for claim in found:
            for item in claim.files:
                left.pop(item.name, None)
    if left_alone and claims:
        for name in left:
            left_alone(name)
        return claims
    if left:
        first = next(iter(left.values()))
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        what = ", ".join(first.columns[:6]) if first.columns else "no header that could be read"
        raise UnknownFileError(
            f"no source recognises this file{more}; it begins with: {what}",
            file=first.name,
            line=1,
            next_step=f"name its source with --source (one of {', '.join(all_sources())}), leave it out, or use "
            "--skip-unknown where others beside it are recognised",
        )
    return claims


def _delivery(source: str, claim: Claim, received_at: datetime, options: dict[str, str]) -> Delivery:
    files = tuple(LandedFile(item.name, item.path, sha256(item.path), item.path.stat().st_size) for item in claim.files)
    merged = {**claim.options, **options}
    contents_sha256 = sorted(_content_sha256(item, file) for item, file in zip(claim.files, files, strict=True))
    identity = json.dumps([source, contents_sha256, sorted(merged.items())])
    return Delivery(
        delivery_id=hashlib.sha256(identity.encode()).hexdigest()[:24],
        kind=source_named(source).KIND,
        source=source,
        description=claim.description,
        received_at=received_at,
        files=files,
        options=merged,
    )


def _record(home: Home, delivery: Delivery) -> None:
    """Write the record of a delivery whose bytes are there."""
    record = {
        "delivery_id": delivery.delivery_id,
        "kind": delivery.kind,
        "source": delivery.source,
        "description": delivery.description,
        "received_at": delivery.received_at.isoformat(),
        "options": dict(delivery.options),
        "contents": {
            name: None if value is None else str(value) for name, value in asdict(_contents(delivery)).items()
        },
        "files": [{"name": file.name, "sha256": file.sha256, "size_bytes": file.size_bytes} for file in delivery.files],
    }
    path = _record_path(home, delivery.delivery_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_whole(path, json.dumps(record, indent=1).encode())


def _copy_to(origin: Path, target: Path, file: LandedFile) -> None:
    if _is_whole(replace(file, path=target)):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with origin.open("rb") as content, _in_one_step(target) as copy:
        shutil.copyfileobj(content, copy, CHUNK_BYTES)
        copy.flush()
        if sha256(Path(copy.name)) != file.sha256:
            raise InputError(
                "the file changed while it was copied", file=file.name, next_step="add it again when it is whole"
            )


def _is_whole(file: LandedFile) -> bool:
    return file.path.exists() and file.path.stat().st_size == file.size_bytes and sha256(file.path) == file.sha256


def _write_whole(path: Path, content: bytes) -> None:
    with _in_one_step(path) as file:
        file.write(content)


@contextmanager
def _in_one_step(path: Path) -> Iterator[IO[bytes]]:
    """A file to write beside `path`, put there once it is whole; of one that fails nothing stays, as disks fill."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=UNFINISHED, delete=False) as beside:
        try:
            yield beside
            beside.flush()
            os.fsync(beside.fileno())
            Path(beside.name).replace(path)
        except BaseException:
            Path(beside.name).unlink()
            raise


def _sweep(home: Home) -> None:
    """Remove what a process that was killed left unfinished. Under the lock, or it might be another's at work."""
    for left_over in home.landing.glob(f"*/{UNFINISHED}*"):
        left_over.unlink()


def _record_path(home: Home, delivery_id: str) -> Path:
    return home.landing / "deliveries" / f"{delivery_id}.json"


def _load_record(home: Home, path: Path) -> Delivery:
    try:
        record = json.loads(path.read_bytes())
    except ValueError as error:
        raise StorageError(
            f"is no record of a delivery: {error}",
            file=path,
            next_step="restore it from a backup of landing/; without one: move it away, and add the delivery again",
        ) from error
    return Delivery(
        delivery_id=record["delivery_id"],
        kind=record["kind"],
        source=record["source"],
        description=record["description"],
        received_at=datetime.fromisoformat(record["received_at"]),
        files=tuple(
            LandedFile(file["name"], home.landing / "files" / file["sha256"], file["sha256"], file["size_bytes"])
            for file in record["files"]
        ),
        options=record["options"],
        contents=_contents_from(record["contents"]),
    )


def _contents(delivery: Delivery) -> Contents:
    if delivery.contents is None:
        raise ValueError("a delivery is inspected before it is stored")
    return delivery.contents


def _contents_from(record: dict[str, str | None]) -> Contents:
    billed, first, last, until = (record[name] for name in ("billed_cost", "first_date", "last_date", "data_until"))
    return Contents(
        rows=int(record["rows"] or 0),
        rejected_rows=int(record["rejected_rows"] or 0),
        left_out_rows=int(record.get("left_out_rows") or 0),
        billed_cost=Decimal(billed) if billed else None,
        first_date=date.fromisoformat(first) if first else None,
        last_date=date.fromisoformat(last) if last else None,
        data_until=datetime.fromisoformat(until) if until else None,
        billing_currencies=record.get("billing_currencies"),
    )


def _content_sha256(item: Candidate, file: LandedFile) -> str:
    """Hash of what a file holds, unpacked: packed anew by whatever program, it is the same delivery.

    Raises:
        InputError: the packing is broken.
    """
    if item.compression == "none":
        return file.sha256
    digest = hashlib.sha256()
    with item.content() as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def arrival(home: Home) -> datetime:
    """Time of arrival of what comes now: after all that came, though the clock was set back since.

    Where nothing else tells which of two versions is the later one, this does.
    """
    newest = max((delivery.received_at for delivery in deliveries(home)), default=datetime.min)
    return max(now(), newest + timedelta(seconds=1))


def now() -> datetime:
    """The time, UTC without zone: the one place where landing reads the clock."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)

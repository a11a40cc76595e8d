"""A small delivery of every source: the bundled sample, or the one in `deliveries` where no sample is bundled."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from pipelines.contracts import contract_for
from pipelines.settings import BUNDLED, Settings
from pipelines.sources import all_sources
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, LandedFile
from pipelines.warehouse import landing
from pipelines.warehouse.connect import in_memory
from pipelines.warehouse.landing import Added
from pipelines.warehouse.mapped import opened

SAMPLES = BUNDLED / "samples"
ARRIVAL = datetime(2026, 9, 2)
# Small deliveries of sources that have no bundled sample, each in a folder of its source's name.
DELIVERIES = Path(__file__).with_name("deliveries")
WITHOUT_SAMPLE = sorted(folder.name for folder in DELIVERIES.iterdir())
# Formats whose files carry part of the content in their names.
NAMED_BY_TIME = {
    "prometheus_text": "the time of the scrape",
    "ec2_instances_csv": "the day of the export",
    "pod_utilisation_csv": "what is measured",
}
# What a person has to say beside the files: nvidia-smi writes the time of a clock and not whose.
OPTIONS = {"time_zone": "Europe/Zagreb"}


def settings_of(folder: Path) -> Settings:
    """Settings of a home in a test's folder."""
    return Settings(home=folder / "home", min_free_disk_bytes=0)


def candidates(root: Path) -> list[Candidate]:
    """Every file under a folder, named from the folder on."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return [Candidate(path.relative_to(root.parent).as_posix(), path) for path in files]


def deliveries_under(root: Path) -> list[tuple[str, Claim]]:
    """What all sources claim of a folder, each on its own and shown everything."""
    look = candidates(root)
    return [(name, claim) for name, source in all_sources().items() for claim in source.claim(look)]


@cache
def bundled() -> tuple[tuple[str, Claim], ...]:
    """Every claim on the bundled samples."""
    return tuple(deliveries_under(SAMPLES))


def one_delivery(name: str, folder: Path) -> Path:
    """The smallest delivery of a source, alone in a new folder with its files in their places."""
    own = [claim for source, claim in bundled() if source == name]
    folder.mkdir(parents=True)
    if not own:
        shutil.copytree(DELIVERIES / name, folder, dirs_exist_ok=True)
        return folder
    smallest = min(own, key=lambda claim: sum(file.path.stat().st_size for file in claim.files))
    for file in smallest.files:
        target = folder / file.path.relative_to(SAMPLES)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file.path, target)
    return folder


def data_files(name: str, folder: Path) -> list[Path]:
    """Files of a delivery that hold rows: those its reading scans."""
    return [part.file.path for part in all_sources()[name].read(delivery_in(name, folder)).parts]


def delivery_in(name: str, folder: Path) -> Delivery:
    """The one delivery in a folder, before it lands."""
    source = all_sources()[name]
    (claim,) = source.claim(candidates(folder))
    files = tuple(LandedFile(file.name, file.path, file.name, file.path.stat().st_size) for file in claim.files)
    return Delivery("d", source.KIND, name, claim.description, ARRIVAL, files, OPTIONS | dict(claim.options))


def rows_of(name: str, folder: Path) -> list[tuple[object, ...]]:
    """Every row, kept and rejected, that the loader makes of the delivery in a folder."""
    source = all_sources()[name]
    delivery = delivery_in(name, folder)
    contract = contract_for(source.TABLE)
    with (
        in_memory(settings_of(folder.parent)) as connection,
        opened(connection, delivery, contract, source.read(delivery)) as parts,
    ):
        every = " union all by name ".join(f"({part.sql})" for part in parts)
        return connection.execute(f"select * from ({every}) order by source_part, source_row").fetchall()


def add(folder: Path, *paths: Path, source: str | None = None) -> list[Added]:
    """Into the landing of a home beside the deliveries."""
    return landing.add(settings_of(folder), list(paths), received_at=ARRIVAL, source=source, options=OPTIONS)


def is_packed(path: Path) -> bool:
    """Whether a file is in gzip."""
    return path.read_bytes()[:2] == b"\x1f\x8b"


def unpacked(path: Path) -> bytes:
    """A file's content without its gzip."""
    return gzip.decompress(path.read_bytes()) if is_packed(path) else path.read_bytes()


def write_like(path: Path, content: bytes) -> None:
    """Give a file other content, packed if it was."""
    path.write_bytes(gzip.compress(content) if is_packed(path) else content)


def names(values: Iterable[str]) -> list[str]:
    """For parameters: in a stable order."""
    return sorted(values)

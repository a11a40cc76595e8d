"""Where a home is and what a run may use, from the environment (`TENURE_*`). Read here and nowhere else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent
BUNDLED = REPOSITORY / "data"


class Settings(BaseSettings):
    """Limits and places.

    Attributes:
        home: folder that holds landing, warehouse, published and scenarios.
        memory_limit: DuckDB's memory limit.
        threads: DuckDB's threads, and workloads projected side by side.
        max_temp_directory_size: how far DuckDB may spill.
        max_rejected_cost_frac: a billing delivery is refused when rejected rows hold more than this share of its
            absolute cost.
        min_free_disk_bytes: refuse to build when the disk has less.
        published_versions_kept: published files that stay after a switch.
    """

    model_config = SettingsConfigDict(env_prefix="TENURE_", extra="ignore")

    home: Path = BUNDLED
    memory_limit: str = "4GiB"
    threads: int = Field(default=2, ge=1)
    max_temp_directory_size: str = "50GiB"
    max_rejected_cost_frac: float = Field(default=0.001, ge=0, le=1)
    min_free_disk_bytes: int = 500_000_000
    published_versions_kept: int = Field(default=3, ge=1)

    @property
    def paths(self) -> Home:
        """The folders of the home."""
        return Home(self.home.resolve())


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one home. Scenarios and assumptions fall back to those that ship with tenure."""

    root: Path

    @property
    def landing(self) -> Path:
        """Untouched deliveries, content-addressed."""
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        """Folder of the one writer's DuckDB and its lock."""
        return self.root / "warehouse"

    @property
    def database(self) -> Path:
        """The one writer's DuckDB. Readers never open it."""
        return self.warehouse / "tenure.duckdb"

    @property
    def published(self) -> Path:
        """What readers open."""
        return self.root / "published"

    @property
    def current(self) -> Path:
        """Symlink to the published database that stands."""
        return self.published / "tenure.duckdb"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder."""
        return self.root / ".dagster"

    @property
    def scenarios(self) -> Path:
        """Scenario files."""
        own = self.root / "scenarios"
        return own if own.is_dir() else BUNDLED / "scenarios"

    @property
    def assumptions(self) -> Path:
        """Assumption files."""
        own = self.root / "assumptions"
        return own if own.is_dir() else BUNDLED / "assumptions"

    @property
    def reference(self) -> Path:
        """Reference registers that ship with tenure."""
        return BUNDLED / "reference"


def code_revision() -> str:
    """A hash of the code that makes numbers: every Python and SQL file, and dbt's settings.

    The content, not the commit: an uncommitted change is another revision too, and no git is needed at run time.
    """
    digest = hashlib.sha256()
    patterns = ("pipelines/**/*.py", "dbt_project/models/**/*", "dbt_project/macros/**/*", "dbt_project/*.yml")
    for pattern in patterns:
        for path in sorted(REPOSITORY.glob(pattern)):
            if path.is_file():
                digest.update(path.relative_to(REPOSITORY).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

"""The command line: every verb is a call into the packages, and a way to show what came back (`commands`).

Exit codes: 0 done · 2 wrong use · 3 an input cannot be loaded · 4 a quality gate refused · 5 another process writes ·
6 no data yet · 7 disk or stored file · 1 anything else.
"""

from __future__ import annotations

import importlib
import os
import pkgutil

from pipelines import commands
from pipelines.commands._shared import app

for _info in pkgutil.iter_modules(commands.__path__):
    if not _info.name.startswith("_"):
        importlib.import_module(f"{commands.__name__}.{_info.name}")


def main() -> None:
    """Entry point of the `tenure` command."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    app()


if __name__ == "__main__":
    main()

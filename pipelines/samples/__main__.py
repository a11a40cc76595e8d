"""`python -m pipelines.samples OUT_DIR [ANSWER_DIR]` writes the samples and their known answer."""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.samples import SEED, generate


def main(arguments: list[str]) -> None:
    """Write the samples to the first argument and the answer to the second (default: `known_answer` beside it).

    Raises:
        UsageError: there are neither one nor two arguments.
    """
    if len(arguments) not in (1, 2):
        raise UsageError(
            f"expected OUT_DIR [ANSWER_DIR], got {len(arguments)} arguments",
            next_step="run: python -m pipelines.samples data/samples",
        )
    out_dir = Path(arguments[0])
    answer_dir = Path(arguments[1]) if len(arguments) > 1 else out_dir.parent / "known_answer"
    generate(out_dir, answer_dir, SEED)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UsageError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)

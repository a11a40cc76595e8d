"""Writing all samples and their known answer in one go."""

from __future__ import annotations

from decimal import localcontext
from pathlib import Path

from pipelines.samples.activity import gpu_hours
from pipelines.samples.answers import write_billing_answers, write_energy_answer, write_usage_answer
from pipelines.samples.aws_bill import aws_bill, write_aws_bill
from pipelines.samples.aws_lines import SOURCE as AWS_SOURCE
from pipelines.samples.focus_files import write_lumen_bill
from pipelines.samples.lease_answer import write_lease_answer
from pipelines.samples.lumen_bill import SOURCE as LUMEN_SOURCE
from pipelines.samples.lumen_bill import lumen_bill
from pipelines.samples.owned_answer import write_owned_answer
from pipelines.samples.prices import write_prices
from pipelines.samples.records import write_records
from pipelines.samples.registers import write_registers
from pipelines.samples.telemetry import write_telemetry
from pipelines.samples.world import EXACT


def generate(out_dir: Path, answer_dir: Path, seed: int) -> None:
    """Write the samples and their known answer. Files of the same name are overwritten, others left alone.

    Args:
        out_dir: gets one folder a kind: billing, telemetry, prices, registers.
        answer_dir: gets one CSV a question; exact decimals as text.
        seed: of everything random. The same seed gives the same bytes.
    """
    with localcontext(EXACT):
        aws, lumen = aws_bill(seed), lumen_bill(seed)
        write_aws_bill(out_dir / "billing" / AWS_SOURCE, aws)
        write_lumen_bill(out_dir / "billing" / LUMEN_SOURCE, lumen)
        current = [line.fact for assemblies in aws.values() for line in assemblies[-1]]
        current += [line.fact for lines in lumen.values() for line in lines]
        write_billing_answers(answer_dir, current)

        ledger = gpu_hours(seed)
        write_telemetry(out_dir / "telemetry", ledger)
        write_usage_answer(answer_dir, ledger)
        write_energy_answer(answer_dir, ledger)
        write_records(out_dir / "telemetry", answer_dir, seed)

        write_prices(out_dir / "prices" / "price_history_csv", seed)
        write_registers(out_dir / "registers", seed)
        write_owned_answer(answer_dir, ledger)
        write_lease_answer(answer_dir)

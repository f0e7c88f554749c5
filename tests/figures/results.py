"""Where rows are kept: as JSON beside this module, and in the table of docs/reliability.md."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import machine
from tests.figures.figure import HEAD, Row

FILE = Path(__file__).parent / ".results" / "figures.json"
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def write(rows: list[Row], file: Path) -> None:
    """Put these rows in the place of earlier ones of the same figures."""
    held = read(file)
    held |= {
        row.id: dataclasses.asdict(row)
        | {
            "failing_seeds": row.failing_seeds,
            "markdown": row.markdown(),
            "machine": machine(),
            "date": datetime.now(UTC).date().isoformat(),
        }
        for row in rows
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    ordered = dict(sorted(held.items(), key=lambda item: int(item[0].removeprefix("F"))))
    file.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path) -> dict[str, dict[str, object]]:
    """Figure → what was written of it; nothing where there is no file yet."""
    if not file.exists():
        return {}
    held: dict[str, dict[str, object]] = json.loads(file.read_text(encoding="utf-8"))
    return held


def write_page(file: Path, page: Path = PAGE) -> None:
    """Put the rows of this file between the marks of the page."""
    rows = read(file)
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([HEAD, *(str(row["markdown"]) for row in rows.values())])
    page.write_text(f"{before}{BEGIN}\n{_taken(rows)}\n\n{table}\n{END}{after}", encoding="utf-8")


def _taken(rows: dict[str, dict[str, object]]) -> str:
    """On what machine, and when."""
    machines = {
        "{processor} ({cores} cores), {system}, Python {python}".format(**row["machine"])
        for row in rows.values()
    }
    dates = sorted({str(row["date"]) for row in rows.values()})
    return f"Taken on {' and '.join(dict.fromkeys((dates[0], dates[-1])))}: {'; '.join(sorted(machines))}."

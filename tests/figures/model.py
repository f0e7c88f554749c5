"""F13: the outbox beside a model, by random rules: accepting, sending, failing, crashing, waiting, putting the clock forward and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import tests
from tests.figures.figure import Effort, Happened

EXAMPLES = 100
SHORT_EXAMPLES = 6
STEPS = 15


def case(seed: int, effort: Effort) -> Happened:
    beside = str(Path(next(iter(tests.__path__))) / "delivery")
    if beside not in sys.path:
        sys.path.append(beside)
    from test_outbox_model import OutboxMachine  # noqa: PLC0415 - found from here on

    found = Happened()
    ran = found.counts

    class Counted(OutboxMachine):
        """Counts its examples."""

        def teardown(self) -> None:
            ran.update(
                examples=1, accepted=len(self.names), final=len(self.ended), arrived=len(self.sender.accepted)
            )
            super().teardown()

    try:
        run_state_machine_as_test(
            hypothesis.seed(seed)(Counted),
            settings=settings(
                max_examples=SHORT_EXAMPLES if effort.short else EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                derandomize=False,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as error:  # noqa: BLE001 - what it found, with the steps that lead there
        found.breaches.append("\n".join([repr(error), *getattr(error, "__notes__", [])]))
    return found


def tell(whole: Happened) -> dict[str, Any]:
    return {"steps to an example, at most": STEPS, "examples that broke the model": len(whole.breaches)}

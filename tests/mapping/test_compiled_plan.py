"""Two engines, one truth: generated code gives what the interpreter gives, whatever the rules and the records."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin_spec import ConfigError, Record
from tests.mapping.making import NOW
from tests.mapping.test_properties import cases
from tiktok_destination.mapping.interpreted_plan import InterpretedPlan
from tiktok_destination.mapping.plan import compile_plan


def both(the_plan, records, now=NOW):
    interpreted = InterpretedPlan(the_plan.rulebook)
    return list(the_plan.prepare(records, now)), list(interpreted.prepare(records, now))


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases, st.booleans())
def test_random_records_under_random_rules_become_equal_entries(case, as_json):
    config, bodies = case
    try:
        the_plan = compile_plan(config)
    except ConfigError:
        return
    if as_json:
        bodies = [body if isinstance(body, bytes) else json.dumps(body).encode() for body in bodies]
    compiled, interpreted = both(the_plan, [Record(at, body) for at, body in enumerate(bodies, 1)])
    assert compiled == interpreted

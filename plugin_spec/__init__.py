"""The contract between any host platform and any destination plugin. It knows no particular destination.

Someone who writes a destination reads `hookspecs` for what is asked, `plan` and `sender` for the two objects that a
destination hands back, and `records`, `outcomes`, `replies` for the values that cross the border. Someone who writes
a host uses `DestinationManager` and nothing below it.

A plugin is a distribution with one entry point in the group `cdp_destination`; the entry point's name is the
destination's name, and it points at a module (or object) that implements the hooks with `@hookimpl`.
"""

from plugin_spec.about import SPEC_VERSION, About, Code, EventLine, FieldRename, Overview
from plugin_spec.errors import (
    ConfigError,
    ConfigFault,
    ContractError,
    DestinationNotFoundError,
    DuplicateDestinationError,
    PluginLoadError,
    PluginSpecError,
)
from plugin_spec.hookspecs import hookimpl, hookspec
from plugin_spec.manager import Destination, DestinationManager
from plugin_spec.outcomes import Outcome, worst
from plugin_spec.plan import Compiled, Explanation, FieldTrace, Identifier, Now, Plan, Tester, TestEvents
from plugin_spec.records import EntryOutcome, Note, OverlayValue, Prepared, Record, Settled
from plugin_spec.replies import UTC_MIDNIGHT, Action, Advice, Reply, Scope, Verdict, VerdictStatus
from plugin_spec.sender import (
    Authoriser,
    Check,
    Checker,
    Choice,
    Chooser,
    Credential,
    Denied,
    DeveloperApp,
    Grant,
    Sender,
    Services,
)

__all__ = [
    "SPEC_VERSION",
    "UTC_MIDNIGHT",
    "About",
    "Action",
    "Advice",
    "Authoriser",
    "Check",
    "Checker",
    "Choice",
    "Chooser",
    "Code",
    "Compiled",
    "ConfigError",
    "ConfigFault",
    "ContractError",
    "Credential",
    "Denied",
    "Destination",
    "DestinationManager",
    "DestinationNotFoundError",
    "DeveloperApp",
    "DuplicateDestinationError",
    "EntryOutcome",
    "EventLine",
    "Explanation",
    "FieldRename",
    "FieldTrace",
    "Grant",
    "Identifier",
    "Note",
    "Now",
    "Outcome",
    "OverlayValue",
    "Overview",
    "Plan",
    "PluginLoadError",
    "PluginSpecError",
    "Prepared",
    "Record",
    "Reply",
    "Scope",
    "Sender",
    "Services",
    "Settled",
    "TestEvents",
    "Tester",
    "Verdict",
    "VerdictStatus",
    "hookimpl",
    "hookspec",
    "worst",
]

"""`send`: deliver a file, and account for every record."""

from __future__ import annotations

import os
from pathlib import Path

import click

_HELP = """\
Send INPUT as CONFIG says, and say what became of every record.

INPUT is a file (CSV, NDJSON, JSON or Parquet, packed with gzip or zstd or not), or - for standard input. The
summary goes to stdout. Ctrl-C finishes the requests in flight; once more leaves at once. TIKTOK_BASE_URL sends to an
emulator instead of TikTok.

What was delivered is known in the data folder beside CONFIG (.tiktok-destination, or TIKTOK_DESTINATION_DATA): sending a
file again sends only what has not been delivered. --resume goes on where an earlier run ended, by whatever means.
--plan says beforehand what would be sent, and how long it might take.

\b
tiktok-destination send shop.yaml events.ndjson --plan
tiktok-destination send shop.yaml events.ndjson --outcomes outcomes.ndjson
cat events-*.ndjson.gz | tiktok-destination send shop.yaml - --json

Exit codes: 0 delivered, filtered, suppressed or duplicate · 2 configuration or input unusable ·
3 some rejected, refused or expired · 4 some still pending, or interrupted.
"""


@click.command("send", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("input", metavar="INPUT")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Send the first N records only; an order of several rows that has begun is completed.",
)
@click.option(
    "--sort",
    is_flag=True,
    help="Bring rows of one order side by side first, wherever they stand; needs room on disk for a copy of INPUT.",
)
@click.option(
    "--outcomes",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write one line of JSON for each entry here, in input order.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with a file: what is pending from earlier runs, and what they did not come to.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Send also what was delivered before, or may have arrived: TikTok may count it twice.",
)
@click.option(
    "--plan",
    is_flag=True,
    help="Send nothing; say what would be sent, until when it can be, what was sent before, and how long it might take.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(  # noqa: PLR0913 - one argument for each option
    *,
    config: Path,
    input: str,  # noqa: A002 - the argument's name
    limit: int | None,
    sort: bool,
    outcomes: Path | None,
    resume: bool,
    force: bool,
    plan: bool,
    as_json: bool,
) -> int:
    if outcomes == Path("-"):
        raise click.UsageError("--outcomes - is no file: name one. The summary goes to stdout.")
    if resume and input == "-":
        raise click.UsageError("--resume needs a file: what came through a pipe cannot be read again.")
    if resume and limit is not None:
        raise click.UsageError("--resume goes on to the end of the file: leave --limit out.")
    if plan and (force or outcomes is not None):
        raise click.UsageError(
            "--plan sends nothing, and says what a plain run would do: leave --force and --outcomes out."
        )
    if plan:
        from tiktok_destination.cli import planning  # noqa: PLC0415 - as below

        return planning.run(planning.PlanOrder(config, input, limit, sort, resume, as_json), os.environ)
    # Imported here: none of what sending needs is needed for --help.
    from tiktok_destination.cli import sending  # noqa: PLC0415

    order = sending.SendOrder(config, input, limit, sort, outcomes, resume, force, as_json)
    return sending.run(order, os.environ)

"""The runtime's own codes: why an entry is a duplicate, has expired or is still pending, in words for an operator."""

from __future__ import annotations

from plugin_spec import Code

DUPLICATE = "duplicate"
EXPIRED = "expired"
UNCERTAIN = "uncertain"
NO_PROGRESS = "no_progress"
INTERRUPTED = "interrupted"
NOTHING_ACCEPTED = "nothing_accepted"
SENDER_FAILED = "sender_failed"

CODES: dict[str, Code] = {
    code.code: code
    for code in (
        Code(
            DUPLICATE,
            "The same event is already pending or delivered.",
            "Nothing to do, unless two different events were meant: then give them different event ids.",
        ),
        Code(
            EXPIRED,
            "The event was too old when its turn to be sent came.",
            "Send events sooner after they happen.",
        ),
        Code(
            UNCERTAIN,
            "An attempt ended without an answer, and the receiver would not recognise a second copy.",
            "Look for the event at the receiver; send it again only if it is missing there.",
        ),
        Code(
            NO_PROGRESS,
            "Nothing moved for as long as the run's patience lasts; the reason says what stood in the way.",
            "Remedy the reason, and send what is pending again.",
        ),
        Code(
            INTERRUPTED,
            "The run was stopped before this event could be sent.",
            "Send what is pending again.",
        ),
        Code(
            NOTHING_ACCEPTED,
            "The receiver refused event after event and accepted none: a setting is wrong rather than each event.",
            "Check the event source and its id, look at one event with `explain`, and send again.",
        ),
        Code(
            SENDER_FAILED,
            "The destination's sender broke off with an error of its own.",
            "Report it to whoever maintains the destination; the log names the kind of error.",
        ),
    )
}

"""The runtime's own codes: why an entry is a duplicate, has expired or is still pending, in words for an operator.

What a pending code says to do next holds for a host without an outbox: its input is all that can be sent again.
"""

from __future__ import annotations

from plugin_spec import Code

DUPLICATE = "duplicate"
COPY_DIFFERS = "copy_differs"
EXPIRED = "expired"
UNCERTAIN = "uncertain"
MAY_HAVE_ARRIVED = "may_have_arrived"
NO_PROGRESS = "no_progress"
NO_ANSWER = "no_answer"
INTERRUPTED = "interrupted"
NOTHING_ACCEPTED = "nothing_accepted"
SENDER_FAILED = "sender_failed"

_AGAIN = "While the receiver recognises copies, it is safe to send the same input again; otherwise send only what is pending."

CODES: dict[str, Code] = {
    code.code: code
    for code in (
        Code(
            DUPLICATE,
            "The same event is already pending or delivered.",
            "Nothing to do, unless two different events were meant: then give them different event ids.",
        ),
        Code(
            COPY_DIFFERS,
            "Another event with this event id, but other content, is already pending or delivered.",
            "Rows of one order must stand next to each other: sort the export by event id. Different events need different"
            " event ids.",
        ),
        Code(
            EXPIRED,
            "The event was too old when its turn to be sent came.",
            "Send events sooner after they happen.",
        ),
        Code(
            UNCERTAIN,
            "An attempt ended without a certain end, and the receiver would not recognise a second copy.",
            "Look for the event at the receiver; send it again only if it is missing there.",
        ),
        Code(
            MAY_HAVE_ARRIVED,
            "An earlier attempt ended without a certain end: the event may have arrived.",
            "Nothing to do: where the receiver recognises copies, sending the event again is harmless.",
        ),
        Code(
            NO_PROGRESS,
            "Nothing moved for as long as the run's patience lasts; the reason says what stood in the way.",
            f"Remedy the reason. {_AGAIN}",
        ),
        Code(
            NO_ANSWER,
            "Requests were under way, and none was answered for as long as the run's patience lasts.",
            "Check the network between this machine and the receiver, and whether the receiver is well.",
        ),
        Code(
            INTERRUPTED,
            "The run was stopped before this event could be sent.",
            _AGAIN,
        ),
        Code(
            NOTHING_ACCEPTED,
            "The receiver refused event after event and accepted none: a setting is wrong rather than each event.",
            f"Check the event source and its id, and look at one event with `explain`. {_AGAIN}",
        ),
        Code(
            SENDER_FAILED,
            "The destination's sender broke off with an error of its own.",
            f"Report it to whoever maintains the destination; the log names the kind of error. {_AGAIN}",
        ),
    )
}

"""The runtime's own codes: why an entry is a duplicate, has expired or is still pending, in words for an operator.

What a pending code says to do next holds for both places in which an event may wait: a file, and the outbox.
"""

from __future__ import annotations

from plugin_spec import Code

DUPLICATE = "duplicate"
COPY_DIFFERS = "copy_differs"
EXPIRED = "expired"
UNCERTAIN = "uncertain"
MAY_HAVE_ARRIVED = "may_have_arrived"
BY_EARLIER_RUN = "by_earlier_run"
NO_PROGRESS = "no_progress"
NO_ANSWER = "no_answer"
INTERRUPTED = "interrupted"
NOTHING_ACCEPTED = "nothing_accepted"
SENDER_FAILED = "sender_failed"
WAITING = "waiting"
OUTBOX_FULL = "outbox_full"
DAMAGED = "damaged"
STORE_CODES = ("store_full", "store_damaged", "store_busy", "store_newer", "store_failed")
"""A StoreError's, as the outcome of what could not be sent for it."""

_AGAIN = "Then go on: a file with `send --resume`, the outbox with `drain`."

CODES: dict[str, Code] = {
    code.code: code
    for code in (
        Code(
            DUPLICATE,
            "The same event is already pending or delivered.",
            "Nothing to do. If two different events were meant, give them different event ids; `send --force` sends again what"
            " was delivered.",
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
            "Look for the event at the receiver. Only if it is missing there: `send --resume --force` for a file, `drain --force`"
            " for the outbox.",
        ),
        Code(
            MAY_HAVE_ARRIVED,
            "An earlier attempt ended without a certain end: the event may have arrived.",
            "Nothing to do: where the receiver recognises copies, sending the event again is harmless.",
        ),
        Code(
            BY_EARLIER_RUN,
            "An earlier run delivered this very event, and ended before it could say so.",
            "Nothing to do.",
        ),
        Code(
            NO_PROGRESS,
            "Nothing moved for as long as the run's patience lasts; the reason says what stood in the way.",
            f"Remedy the reason. {_AGAIN}",
        ),
        Code(
            NO_ANSWER,
            "Requests were under way, and none was answered for as long as the run's patience lasts.",
            f"Check the network between this machine and the receiver, and whether the receiver is well. {_AGAIN}",
        ),
        Code(
            INTERRUPTED,
            "The run was stopped before this event could be sent.",
            "Go on: a file with `send --resume`, the outbox with `drain`.",
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
        Code(WAITING, "It is in line, or on its way.", "Nothing."),
        Code(
            OUTBOX_FULL,
            "The outbox holds as many events as it may.",
            "Let some be sent: see what they wait for with `status`.",
        ),
        Code(
            DAMAGED,
            "The event was damaged on the disk after it was accepted, and was not sent.",
            "Check the disk. Send the event again from where it came from.",
        ),
        *(
            Code(code, meaning, f"{remedy} {_AGAIN}")
            for code, meaning, remedy in (
                (
                    "store_full",
                    "The disk is full, so that nothing could be written down.",
                    "Make room on it.",
                ),
                ("store_damaged", "The outbox is damaged.", "Run `tiktok-destination store salvage`."),
                ("store_busy", "Another process kept the outbox for too long.", "Wait for it, or end it."),
                ("store_newer", "A newer program wrote the outbox.", "Use that program."),
                ("store_failed", "The outbox could not be read or written.", "Check its folder and disk."),
            )
        ),
    )
}

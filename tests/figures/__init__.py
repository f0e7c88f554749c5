"""Figures of reliability: each measures one promise, says what it found as numbers, and passes or does not.

A figure is a row of `table.FIGURES`: cases, each known by its seed alone, a mark, and the least that has to happen, as a
run in which nothing went wrong proves nothing. `make figures` runs all of them; `python -m tests.figures F6 F8` some,
`--short` a small share (as `make test` does), `--repeat F6 SEED` one case again. Seeds that once failed are kept
(`seeds.json`) and repeated by every run.

The receiver's truth is the ledger of the emulator or of a scripted receiver, the sender's truth are the outcomes;
`checker` joins the two. Requests go over loopback HTTP; waits pass on a clock of their own (`clocks`), so that an outage
of ten minutes takes seconds.
"""

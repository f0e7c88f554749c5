"""Records to events. Pure: no network, no files (but the presets that ship as data), no clock of its own.

`plan.compile_plan` is the door. Rules are plain data (`rules`), walked by the `interpreter`; every stage is a small
module of its own: `event_names`, `readers` (which use `normalise`, `hashing`, `times`, `numbers`), `contents`,
`grouping`, `event_ids`.
"""

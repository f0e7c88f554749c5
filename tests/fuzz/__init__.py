"""Fuzzing: cases made from the sample configurations and their inputs by chance, each known by its seed alone.

There are four kinds of case. `records`: a batch of mutated records goes through a plan. `configs`: a mutated YAML file is
loaded and compiled. `inputs`: the mutated bytes of an input file are read. `answers`: what a receiver may say to a request
is read. Whatever a case holds, only typed results may come of it. `make fuzz` runs a million records in two processes;
`make test` runs a small share and every seed that once failed (`seeds.json`); `python -m tests.fuzz --repeat KIND SEED`
runs one case again.

Nothing here knows a sample, a preset or an event source by its name: a sample that is put beside the others is mutated too.
"""

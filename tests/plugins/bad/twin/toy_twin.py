"""Offers the name that another distribution has: that is an error before anything of it is read."""

raise RuntimeError("two destinations of one name are refused before either is imported")

"""What mapping costs, measured against what it could cost at the least: `make bench`, `make bench-send`.

Ratios within one run are the result; seconds are those of one machine at one moment. See docs/performance.md.
"""

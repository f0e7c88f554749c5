"""A destination whose import fails with a text that must show nowhere."""

raise RuntimeError("canary-secret-5e1f stands in this text")

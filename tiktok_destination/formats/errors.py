"""What is wrong with an input as a whole. What is wrong with one record is a `fault` on that record instead."""

from __future__ import annotations


class InputError(Exception):
    """The input cannot be read. The message names the file and says what to do; it holds nothing of the content."""

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        self.name = name
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{name}: {problem}. {remedy}")

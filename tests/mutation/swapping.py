"""Puts a mutant into functions that are already imported, in place, wherever they are referred to."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType
from typing import Final

from tests.mutation.mutants import Mutant

Place = tuple[str, str, int]  # file, qualified name, first line


class NotSwapped(Exception):
    """The mutant changes no code that a running function has, so trying it would prove nothing."""


class LiveFunctions:
    """The functions of some files as they exist in this process, and the caches over them."""

    def __init__(self, root: Path, paths: Collection[str]) -> None:
        self.root: Final = root
        files = {str(root / path) for path in paths}
        self._functions: dict[Place, list[FunctionType]] = {}
        self._caches: list[_lru_cache_wrapper[object]] = []
        gc.unfreeze()  # what was frozen after collecting is not listed
        for thing in gc.get_objects():
            if type(thing) is FunctionType and thing.__code__.co_filename in files:
                self._functions.setdefault(_place(thing.__code__), []).append(thing)
            elif type(thing) is _lru_cache_wrapper and _file_of(thing.__wrapped__) in files:
                self._caches.append(thing)

    def swap(self, mutant: Mutant) -> None:
        """Give each live function around the mutant's line its changed code, those inside it included.

        A function that holds the change begins before it, so its first line is still the one it was imported with.
        """
        changed = False
        for code in _codes(compile(mutant.source, str(self.root / mutant.path), "exec", dont_inherit=True)):
            if code.co_firstlineno <= mutant.line:
                for function in self._functions.get(_place(code), []):
                    changed = changed or function.__code__ != code
                    function.__code__ = code
        if not changed:
            raise NotSwapped(mutant.name)
        self.clear_caches()

    def clear_caches(self) -> None:
        for cache in self._caches:
            cache.cache_clear()


def _file_of(function: object) -> str | None:
    """Return the file of a function; None for one written in C."""
    return function.__code__.co_filename if isinstance(function, FunctionType) else None


def _place(code: CodeType) -> Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)

"""YAML of a mapping as plain text data with the line of every key and item, and pydantic's errors in words.

Scalars stay the text that was typed, so that `007` keeps its zeros; only whether a scalar was a bare number is kept
beside it. Belongs here: reading and complaining. Not here: what the keys of a mapping are.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from pipelines.errors import InputError
from pipelines.sources.handkept import Problem

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Location = tuple[str | int, ...]


class Number(str):
    """A scalar typed as a bare number: `8`, not `"8"`."""

    __slots__ = ()


class Strict(BaseModel):
    """A part of a mapping that knows its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass
class MappingText:
    """A YAML file as plain dicts, lists and text, with the line each location stands on, and what is wrong with it."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, location: Iterable[str | int]) -> int:
        """The line of a location, or of the closest thing around it."""
        keys = tuple(location)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)

    def problem(self, location: Iterable[str | int], what: str, remedy: str) -> Problem:
        """A fault of a location."""
        keys = tuple(location)
        # `BilledCost: amount` is short for `BilledCost: {column: amount}`: the last key may not have been typed.
        named = ".".join(map(str, keys[:-1] if keys[-1:] == ("column",) else keys))
        return Problem(self.name, self.line(keys), None, f"{named}: {what}" if named else what, remedy)

    def complain(self, location: Iterable[str | int], what: str, remedy: str) -> None:
        """Note a fault of a location."""
        self.problems.append(self.problem(location, what, remedy))

    def complain_of(self, error: ValidationError, within: Location, valid: Mapping[Location, Iterable[str]]) -> None:
        """Note what pydantic found.

        Args:
            error: its error.
            within: location of the validated data.
            valid: keys that may stand at locations relative to `within`, for the nearest to an unknown one.
        """
        for details in error.errors():
            self.complain((*within, *details["loc"]), *_in_words(details, valid))


def nearest(word: str, valid: Iterable[str]) -> str:
    """The valid word that looks most like a wrong one."""
    close = difflib.get_close_matches(word, sorted(valid), n=1, cutoff=0.0)
    return close[0] if close else ""


def read_mapping_text(name: str, text: str) -> MappingText:
    """A YAML file's content.

    Raises:
        InputError: it is not YAML, or not a mapping of keys.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.nodes import MappingNode

    try:
        root = YAML().compose(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            f"not readable as YAML: {error.problem}",
            file=name,
            line=mark.line + 1 if mark else None,
            next_step="correct the line; a value with ':' or '#' in it needs quotes",
        ) from error
    if not isinstance(root, MappingNode):
        raise InputError(
            "holds no keys", file=name, line=1, next_step="begin with `mapping: name`; see docs/mapping.md"
        )
    found = MappingText(name)
    found.data = _plain(root, (), found, set())
    return found


def _plain(node: Node, location: Location, found: MappingText, above: set[int]) -> Any:
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    found.lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        if node.style is None and str(node.tag).endswith((":int", ":float")):
            return Number(node.value)
        return None if node.style is None and node.value in ("", "~", "null", "Null", "NULL") else str(node.value)
    if id(node) in above or node.anchor:
        found.complain(location, "anchors are not read", "write the keys out where they are needed")
        return {}
    if isinstance(node, SequenceNode):
        return [_plain(item, (*location, place), found, above) for place, item in enumerate(node.value)]
    plain: dict[str, Any] = {}
    for key_node, value in node.value if isinstance(node, MappingNode) else ():
        key = str(key_node.value)
        if key in plain:
            found.lines[(*location, key)] = key_node.start_mark.line + 1
            found.complain((*location, key), "stands twice", "keep one of them")
        found.lines[(*location, key)] = key_node.start_mark.line + 1
        plain[key] = _plain(value, (*location, key), found, above | {id(node)})
    return plain


def keys_of(model: type[BaseModel], at: Location = ()) -> Iterator[tuple[Location, tuple[str, ...]]]:
    """The keys that may stand in a model and in the models within it, by location without places in lists."""
    yield at, tuple(info.alias or name for name, info in model.model_fields.items())
    for name, info in model.model_fields.items():
        for inner in (info.annotation, *get_args(info.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from keys_of(inner, (*at, name))


def _in_words(details: ErrorDetails, valid: Mapping[Location, Iterable[str]]) -> tuple[str, str]:
    """What is wrong, and the remedy."""
    *parent, key = details["loc"] or ("",)
    kind, value = details["type"], details["input"]
    if kind == "extra_forbidden":
        known = list(valid.get(tuple(part for part in parent if isinstance(part, str)), ()))
        return f"unknown key {key!r}", f"did you mean {nearest(str(key), known)!r}? Keys here: {', '.join(known)}"
    if kind == "missing":
        return "is missing", "add the key; docs/mapping.md says what it means"
    if kind == "literal_error":
        return f"{str(value)!r} is not allowed", f"use {details['ctx']['expected']}"
    found = f" (found {str(value)!r})" if isinstance(value, str) else ""
    return details["msg"].removeprefix("Value error, ") + found, "correct the line"

"""YAML read with line numbers, and validation errors turned into words with file, line and the nearest valid key.

The only place in the projection that touches files: scenarios and assumptions are read before anything is computed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from pipelines.errors import ScenarioError

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class YamlFile:
    """A YAML file as plain data, with the line each key and item stands on.

    Attributes:
        path: where it was read, for messages.
        data: plain dicts, lists and scalars.
        lines: 1-based line by location.
    """

    path: Path
    data: dict[str, Any]
    lines: Mapping[Location, int]

    def line_of(self, location: Iterable[str | int]) -> int | None:
        """The line of a location, or of the closest thing around it."""
        keys = tuple(location)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys)


def read_yaml(path: Path) -> YamlFile:
    """Read a YAML file.

    Raises:
        ScenarioError: it does not exist, is not YAML, repeats a key, or is not a mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScenarioError("there is no such file", file=path, next_step="check the name") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"not UTF-8 text ({error})", file=path, next_step="save it as UTF-8") from error
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise ScenarioError(
            f"not valid YAML: {error.problem}",
            file=path,
            line=None if mark is None else mark.line + 1,
            next_step="correct the line",
        ) from error
    if not isinstance(tree, dict):
        raise ScenarioError("the file holds no mapping of keys", file=path, line=1, next_step="start it with a key")
    lines: dict[Location, int] = {}
    data = _plain(tree, (), lines)
    return YamlFile(path, data, lines)


def _plain(node: Any, location: Location, lines: dict[Location, int]) -> Any:
    """Plain data of a round-trip tree, noting lines on the way."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(node, CommentedMap):
        for key in node:
            lines[(*location, key)] = node.lc.key(key)[0] + 1
        return {str(key): _plain(value, (*location, key), lines) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for position in range(len(node)):
            lines[(*location, position)] = node.lc.item(position)[0] + 1
        return [_plain(value, (*location, position), lines) for position, value in enumerate(node)]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


class Strict(BaseModel):
    """A model that names unknown keys and the key that was probably meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys_only(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    raise unknown_key(str(key), cls.model_fields)
        return data


def unknown_key(key: str, valid: Iterable[str]) -> PydanticCustomError:
    """The error for a key that is none of `valid`; it points at the key's own line."""
    message = f"unknown key {key!r}; the nearest valid key is {nearest(key, valid)!r}"
    return PydanticCustomError("unknown_key", "{message}", {"message": message, "at": key})


def nearest(key: str, valid: Iterable[str]) -> str:
    """The valid key that looks most like a wrong one."""
    close = difflib.get_close_matches(key, sorted(valid), n=1, cutoff=0.0)
    return close[0] if close else ""


def contradiction(message: str, at: str) -> PydanticCustomError:
    """The error for values that cannot hold together; `at` is the dotted key whose line is shown."""
    return PydanticCustomError("contradiction", "{message}", {"message": message, "at": at})


def validated(model: type[Model], data: Any, file: YamlFile, within: Location = ()) -> Model:
    """Data as a model.

    Args:
        model: what it must be.
        data: the plain data.
        file: where it came from, for lines.
        within: location of `data` in the file.

    Raises:
        ScenarioError: with file, line, value and what to do.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        at = str(first.get("ctx", {}).get("at", ""))
        location = (*within, *first["loc"], *(int(part) if part.isdigit() else part for part in at.split(".") if at))
        raise ScenarioError(
            "; ".join(_in_words(details, within) for details in error.errors()),
            file=file.path,
            line=file.line_of(location),
            next_step="correct the line and run again",
        ) from error


def _in_words(details: ErrorDetails, within: Location) -> str:
    """One validation error, with the key and the value found."""
    named = ".".join(str(part) for part in (*within, *details["loc"]))
    message = f"{named}: {details['msg']}" if named else details["msg"]
    value = details["input"]
    if isinstance(value, int | float | str) and details["type"] not in ("unknown_key", "contradiction"):
        message += f" (found {value!r})"
    return message

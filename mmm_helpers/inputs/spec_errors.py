"""Pydantic's errors about the portfolio file, in the words a user needs to mend it."""

from __future__ import annotations

import re
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import ValidationError

from mmm_helpers.errors import Problem
from mmm_helpers.inputs.nearest import did_you_mean
from mmm_helpers.inputs.spec_base import Section
from mmm_helpers.inputs.yamlfile import YamlFile


def problems_of(error: ValidationError, file: YamlFile, root: type[Section]) -> list[Problem]:
    """Each fault once, with the line of the file on which it stands."""
    return list(dict.fromkeys(_problem(e, file, root) for e in error.errors()))


def _problem(error: dict, file: YamlFile, root: type[Section]) -> Problem:
    place, context = tuple(error["loc"]), error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return _unknown_key(str(place[-1]), _known_keys(root, place[:-1]), file.where(place))
    if error["type"] == "refused":
        key = context["key"] or ()
        where = file.where((*place, *((key,) if isinstance(key, str) else key)))
        return Problem(context["what"], where, context["expected"], context["mend"])
    where, typed = file.where(place), file.typed(place)
    if error["type"] == "missing":
        return Problem(f"key '{place[-1]}' is missing", where, f"'{place[-1]}' there", f"add {place[-1]}: …")
    if error["type"] == "string_type" and typed is not None:
        return Problem(f"{typed} is not read as text", where, "text", f'put it in quotes: "{typed}"')
    if error["type"] == "literal_error":
        return _unknown_word(str(typed), re.findall(r"'([^']+)'", context["expected"]), where)
    got = f"'{typed}' does not fit" if typed is not None else "the value does not fit"
    if error["type"] in ("bool_parsing", "bool_type"):
        return Problem(got, where, "true or false", "correct the value")
    return Problem(got, where, _expected(error["msg"]), "correct the value")


def _expected(message: str) -> str:
    plain = re.sub(r"^(Input|Value) should (be |have )?", "", message)
    return re.sub(r"a valid dictionary( or instance of \w+)?", "keys with values below it", plain)


def _unknown_key(key: str, known: list[str], where: str) -> Problem:
    mend = f"correct it ({did_you_mean(key, known)}) or remove it"
    return Problem(f"unknown key '{key}'", where, f"one of {', '.join(known)}", mend)


def _unknown_word(typed: str, known: list[str], where: str) -> Problem:
    mend = f"write one of them ({did_you_mean(typed, known)})"
    return Problem(f"'{typed}' is not a choice here", where, f"one of {', '.join(known)}", mend)


def _known_keys(root: type[Section], place: tuple) -> list[str]:
    """The keys that the section at `place` may have."""
    current: Any = root
    for step in place:
        below = current.model_fields[step].annotation if isinstance(current, type) else get_args(current)[-1]
        current = _without_none(below)
    return sorted(field.alias or name for name, field in current.model_fields.items())


def _without_none(annotation: Any) -> Any:
    """`X` for `X | None`."""
    if get_origin(annotation) in (Union, UnionType):
        return next(a for a in get_args(annotation) if a is not type(None))
    return annotation

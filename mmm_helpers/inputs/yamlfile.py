"""Reading YAML so that every later complaint can name a line, and nothing is guessed in silence.

YAML reads an unquoted `NO` as false and `01` as 1, and lets the second of two equal keys win. Here the two
first are refused as keys with the text as it was typed, and equal keys are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from mmm_helpers.errors import InputError, Problem
from mmm_helpers.inputs.nearest import did_you_mean


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: its values, and its nodes for positions.

    Parameters
    ----------
    path : the file.
    values : the top-level mapping as Python objects.
    node : the same as YAML nodes, which know lines and the text as typed.
    """

    path: Path
    values: dict
    node: yaml.Node

    def where(self, location: tuple) -> str:
        """'portfolio.yml, line 12, key markets.DE.holidays' for a path of keys into the file."""
        keys, line = [], self.node.start_mark.line
        node = self.node
        for step in location:
            found = _child(node, step)
            if found is None:
                continue
            line, node = found[0].start_mark.line, found[1]
            keys.append(str(step))
        key = f", key {'.'.join(keys)}" if keys else ""
        return f"{self.path.name}, line {line + 1}{key}"

    def typed(self, location: tuple) -> str | None:
        """The text at this place as the user typed it; None if it is no single value."""
        node = self.node
        for step in location:
            found = _child(node, step)
            node = found[1] if found else node
        return node.value if isinstance(node, yaml.ScalarNode) else None


def read_yaml(path: Path) -> YamlFile:
    """Parse a YAML file whose top level is a mapping.

    Raises
    ------
    InputError
        The file is missing, is not YAML, is empty, repeats a key, or has a key that is not text.
    """
    text = _read_text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(_syntax_problem(path, error)) from error
    if not isinstance(values, dict) or node is None:
        problem = Problem(
            "the file holds no keys", path.name, "`key: value` lines", "write the portfolio's keys"
        )
        raise InputError(problem)
    problems = list(_key_problems(node, path.name, ()))
    if problems:
        raise InputError(*problems)
    return YamlFile(path, values, node)


def _read_text(path: Path) -> str:
    if not path.is_file():
        names = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        raise InputError(
            Problem(
                f"the portfolio file '{path.name}' does not exist",
                str(path.parent),
                f"a YAML file ({did_you_mean(path.name, names)})",
                "correct the path given as portfolio",
            )
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
        raise InputError(Problem(what, path.name, "text in UTF-8", "save the file as UTF-8")) from error


def _syntax_problem(path: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    what = f"this is not valid YAML: {getattr(error, 'problem', None) or error}"
    return Problem(
        what, f"{path.name}{line}", "valid YAML", "correct the indentation, brackets or quotes there"
    )


def _child(node: yaml.Node, step: object) -> tuple[yaml.Node, yaml.Node] | None:
    """The key's node and the value's node below `node`."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _key_problems(node: yaml.Node, name: str, above: tuple[str, ...]):
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _key_problems(item, name, above)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        where = f"{name}, line {key.start_mark.line + 1}" + (f", in {'.'.join(above)}" if above else "")
        typed = str(key.value)
        if key.tag != "tag:yaml.org,2002:str":
            yield _not_text(typed, key.tag.rsplit(":", 1)[-1], where)
        if typed in seen:
            what = f"key '{typed}' stands twice, first on line {seen[typed]}"
            yield Problem(what, where, "each key once", "remove or rename one of the two")
        seen.setdefault(typed, key.start_mark.line + 1)
        yield from _key_problems(value, name, (*above, typed))


def _not_text(typed: str, kind: str, where: str) -> Problem:
    names = {"bool": "true/false", "int": "an integer", "float": "a number", "null": "nothing"}
    what = f"key {typed} is read by YAML as {names.get(kind, kind)}"
    return Problem(what, where, "text as key", f'put it in quotes: "{typed}"')

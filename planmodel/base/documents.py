"""YAML files into plain values that know their line; nothing in a file is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from planmodel.base.messages import Message
from planmodel.base.problems import Problems, phrase
from planmodel.base.tables import read_text

# libyaml's loader is ten times as fast; not every machine has it.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

# Plans and scenarios are a few levels deep; thousands of levels are an attack on the stack.
DEEPEST_NESTING = 50


@dataclass(frozen=True)
class Document:
    """A YAML file: its value, and the line of every key and item by its path."""

    value: Any
    lines: Mapping[tuple[Any, ...], int]

    def place(self, *path: Any) -> Message:
        """Say where the value at `path` is: its line and its keys."""
        line = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)
        if not path:
            return phrase("place.line", line=line)
        return phrase("place.line_keys", line=line, keys=".".join(str(part) for part in path))


def read_yaml(path: Path) -> Document:
    """Read a YAML file safely; nothing in it is executed.

    Raises
    ------
    InputError
        If it is not YAML, repeats a key, or uses anchors and aliases.
    """
    problems = Problems(str(path))
    text = read_text(path)
    lines: dict[tuple[Any, ...], int] = {}
    value = None
    try:
        _refuse_aliases(text, problems)
        loader = _SafeLoader(text)
        node = loader.get_single_node()
        if node is not None:
            value = _build(node, (), loader, lines, problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(
            _line(mark) if mark else "",
            phrase("found.unreadable", error=str(error.problem or error.context)),
            phrase("expected.yaml"),
        )
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problems.add(
            "",
            phrase("found.unreadable", error=str(error).splitlines()[0])
            if str(error)
            else phrase("found.deep_nesting"),
            phrase("expected.yaml"),
        )
    problems.check()
    return Document(value, lines)


def _line(mark: Any) -> Message:
    return phrase("place.line", line=mark.line + 1)


def _refuse_aliases(text: str, problems: Problems) -> None:
    """Refuse what no plan or scenario needs, before anything is built: aliases and deep nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        line = _line(event.start_mark) if event.start_mark is not None else ""
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            problems.add(line, phrase("found.anchor"), phrase("expected.no_anchor"))
        elif depth > DEEPEST_NESTING:
            problems.add(line, phrase("found.levels", most=DEEPEST_NESTING), phrase("expected.few_levels"))
        problems.check()


def _build(
    node: yaml.Node, path: tuple[Any, ...], loader: Any, lines: dict[tuple[Any, ...], int], problems: Problems
) -> Any:
    lines[path] = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode) and node.tag not in _PLAIN_TAGS:
        problems.add(_line(node.start_mark), phrase("found.tag", tag=node.tag), phrase("expected.no_tag"))
        return None
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str | int):
                problems.add(
                    _line(key_node.start_mark),
                    phrase("found.key", key=repr(key)),
                    phrase("expected.plain_key"),
                )
                continue
            if key in result:
                problems.add(
                    _line(key_node.start_mark),
                    phrase("found.key_twice", key=repr(key)),
                    phrase("expected.each_key_once"),
                )
            result[key] = _build(value_node, (*path, key), loader, lines, problems)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*path, n), loader, lines, problems) for n, item in enumerate(node.value)]
    return loader.construct_object(node, deep=True)

"""Rules of our own over the source: what a general scanner does not know of this house.

Each rule is one predicate over a node of the syntax tree. Two words ending a line, `explained:`
and a reason, let a finding stand; the reason is part of the source.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

# Names under which the office holds secrets.
SECRETS = re.compile(r"passphrase|password|secret|token|\bpin\b", re.IGNORECASE)
_TYPED = re.compile(r"\brequest\.(args|form|data|json|cookies|headers|values|files)\b")
_EXPLAINED = re.compile(r"# (?:explained|noqa): ")


class Finding(NamedTuple):
    """A rule that a line of a file breaks."""

    rule: str
    file: Path
    line: int


Rule = Callable[[ast.Call], bool]


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _is_built(node: ast.expr) -> bool:
    """Tell whether a text is put together from parts."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return True
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".format")


def sql_from_parts(call: ast.Call) -> bool:
    """SQL is one text with bound values, never put together."""
    runs = _called(call).rpartition(".")[2] in (
        "text",
        "execute",
        "exec_driver_sql",
        "executescript",
    )
    return runs and bool(call.args) and _is_built(call.args[0])


def template_from_text(call: ast.Call) -> bool:
    """Templates are files."""
    return _called(call).rpartition(".")[2] in ("render_template_string", "from_string")


def markup_of_data(call: ast.Call) -> bool:
    """What somebody typed is never markup."""
    return _called(call).rpartition(".")[2] == "Markup" and bool(_TYPED.search(ast.unparse(call)))


def redirect_to_typed(call: ast.Call) -> bool:
    """Nobody is led to an address that came with the request, but through own_path."""
    return _called(call) == "redirect" and bool(_TYPED.search(ast.unparse(call)))


def file_by_typed_name(call: ast.Call) -> bool:
    """No file is opened by a name that came with the request."""
    opens = _called(call).rpartition(".")[2] in (
        "open",
        "Path",
        "send_file",
        "joinpath",
        "read_text",
    )
    return opens and bool(_TYPED.search(ast.unparse(call)))


def shell(call: ast.Call) -> bool:
    """Programs are started from lists."""
    return any(k.arg == "shell" and ast.unparse(k.value) == "True" for k in call.keywords)


def code_from_data(call: ast.Call) -> bool:
    """Data is never run."""
    return _called(call) in ("eval", "exec", "compile", "pickle.loads", "pickle.load", "yaml.load")


def secret_in_log(call: ast.Call) -> bool:
    """No log line is given a secret."""
    name, _, verb = _called(call).rpartition(".")
    logs = verb in ("debug", "info", "warning", "error", "exception") and "log" in name.lower()
    return logs and any(SECRETS.search(word) for arg in call.args for word in _names(arg))


def secret_in_queue(call: ast.Call) -> bool:
    """No task is given a secret: what is queued stands in Redis."""
    queues = _called(call).rpartition(".")[2] in ("delay", "apply_async", "send_task")
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return queues and any(SECRETS.search(word) for arg in given for word in _names(arg))


def _names(node: ast.AST) -> Iterator[str]:
    """The names of the values that `node` hands over: of `a.b` only b."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    else:
        for part in ast.iter_child_nodes(node):
            yield from _names(part)


RULES: tuple[Rule, ...] = (
    sql_from_parts,
    template_from_text,
    markup_of_data,
    redirect_to_typed,
    file_by_typed_name,
    shell,
    code_from_data,
    secret_in_log,
    secret_in_queue,
)


def findings(files: Iterable[Path], *, even_explained: bool = False) -> list[Finding]:
    """Return every line of `files` that breaks a rule and does not say why it may."""
    return [
        Finding(rule.__name__, file, call.lineno)
        for file in files
        for call, is_explained in _calls(file)
        for rule in RULES
        if rule(call) and (even_explained or not is_explained)
    ]


def _calls(file: Path) -> Iterator[tuple[ast.Call, bool]]:
    source = file.read_text()
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            own = lines[node.lineno - 1 : node.end_lineno]
            yield node, any(_EXPLAINED.search(line) for line in own)

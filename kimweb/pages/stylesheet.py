"""A smaller style sheet: only the rules whose classes occur on our pages.

Tabler's sheet has 635 KB of which a page here uses a tenth; an old laptop reads every byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ARGUMENTS = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
_NEEDED = re.compile(r"\.((?:[\w-]|\\.)+)|\[(data-[\w-]+)")
_DECLARATION = re.compile(
    r"(?<=[{;])--([\w-]+):((?:[^;(){}]|\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\))*);?"
)


def trim(css: str, words: frozenset[str]) -> str:
    """Return `css` (minified) without the rules that need a class or data attribute not in `words`.

    A selector is kept when each of its classes is a known word; what stands in :not(), :is(),
    :where() and :has() does not count. Custom properties that nothing reads any more go too.
    The note of its licence stays.
    """
    licence = "".join(re.findall(r"/\*!.*?\*/", css, flags=re.DOTALL))
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return licence + _without_idle_variables("".join(_kept(css, words)), words)


def _kept(css: str, words: frozenset[str]) -> Iterator[str]:
    for head, body in _blocks(css):
        if body is None:
            yield head
        elif head.startswith(("@media", "@supports")):
            if inner := "".join(_kept(body, words)):
                yield f"{head}{{{inner}}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        elif selectors := [s for s in _split(head) if _is_used(s, words)]:
            yield f"{','.join(selectors)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield head and body of each top block; statements such as @charset come without a body."""
    start = 0
    while (brace := css.find("{", start)) >= 0:
        head = css[start:brace]
        while ";" in head and head.lstrip().startswith("@"):
            statement, _, head = head.partition(";")
            yield f"{statement};", None
        end = _closing(css, brace)
        yield head.strip(), css[brace + 1 : end]
        start = end + 1


def _closing(css: str, brace: int) -> int:
    depth = 0
    for match in re.compile(r"[{}]").finditer(css, brace):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    raise ValueError("a style sheet with an open brace")


def _split(selectors: str) -> list[str]:
    return re.split(r",(?![^()]*\))(?![^\[]*\])", selectors)


def _is_used(selector: str, words: frozenset[str]) -> bool:
    needed = _NEEDED.findall(_ARGUMENTS.sub("", selector))
    return all((name or data).replace("\\", "") in words for name, data in needed)


def _without_idle_variables(css: str, words: frozenset[str]) -> str:
    """Drop declarations of custom properties that nothing reads, again until none is left."""
    while True:
        read = words.union(re.findall(r"var\(--([\w-]+)", css))
        smaller = "".join(_read_declarations(css, read))
        if smaller == css:
            return css
        css = smaller


def _read_declarations(css: str, read: frozenset[str]) -> Iterator[str]:
    start = 0
    for declaration in _DECLARATION.finditer(css):
        if declaration[1] not in read:
            yield css[start : declaration.start()]
            start = declaration.end()
    yield css[start:]

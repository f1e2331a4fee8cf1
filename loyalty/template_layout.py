"""`make format`: one tag a line in the templates, at most 120 characters. `--check` (in `make check`) only compares.

Two passes, repeated until nothing changes. The first one breaks lines where white space cannot be seen: beside block
elements, beside tags that write nothing, and wherever every path through the template meets white space anyway. It also
wraps long texts into `{% blocktranslate trimmed %}`, which joins them again, so that no msgid changes. The second pass
is djangofmt, which indents and spreads attributes and never adds white space that a reader would see.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import wrap
from typing import Final

from loyalty.template_flow import COMPONENT_BLOCKS, Token, find_safe_gaps, is_structural, read_tokens

ROOT: Final = Path(__file__).resolve().parent.parent / "templates"
WIDTH: Final = 120
SHORT: Final = 100
"""An element without block elements inside stays on one line up to this length."""
LEFT_ALONE: Final = ("components/chart.html", "email/button.html", "email/coupon_code.html")
"""Elements opened in one condition and closed in another, which djangofmt cannot read; styles it would join."""
MOST_ROUNDS: Final = 8

DJANGOFMT: Final = (
    str(Path(sys.executable).with_name("djangofmt")),
    "--line-length",
    str(WIDTH),
    "--indent-width",
    "2",
    "--custom-blocks",
    ",".join(sorted(COMPONENT_BLOCKS)),
)


def main() -> None:
    """Format the templates, or with `--check` name those that are not in shape and end with 1."""
    check = "--check" in sys.argv
    names = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
    before = {name: (ROOT / name).read_text(encoding="utf-8") for name in names}
    after = format_templates(before)
    problems = (
        [f"templates/{name}: run `make format`" for name in names if after[name] != before[name]] if check else []
    )
    for name in names:
        if not check and after[name] != before[name]:
            (ROOT / name).write_text(after[name], encoding="utf-8")
        problems += find_long_lines(name, after[name])
    if problems:
        raise SystemExit("\n".join(problems))


def find_long_lines(name: str, source: str) -> list[str]:
    """Return a sentence for each line of a template that is longer than the width."""
    return [
        f"templates/{name}:{number}: {len(line)} characters, at most {WIDTH}"
        for number, line in enumerate(source.splitlines(), 1)
        if len(line) > WIDTH
    ]


def format_templates(sources: dict[str, str]) -> dict[str, str]:
    """Return the sources by name in their final shape; raise SystemExit where djangofmt cannot read one."""
    settled: dict[str, str] = {}
    moving: dict[str, str] = {}
    for name, source in sources.items():
        (settled if name in LEFT_ALONE else moving)[name] = source
    for _ in range(MOST_ROUNDS):
        formatted = run_djangofmt({name: break_lines(source) for name, source in moving.items()})
        settled |= {name: source for name, source in formatted.items() if source == moving[name]}
        moving = {name: source for name, source in formatted.items() if source != moving[name]}
        if not moving:
            return settled
    raise SystemExit("loyalty: these templates have no stable shape:\n" + "\n".join(sorted(moving)))


def run_djangofmt(sources: dict[str, str]) -> dict[str, str]:
    """Return what djangofmt makes of the sources."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in sources}
        for name, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(sources[name], encoding="utf-8")
        done = subprocess.run([*DJANGOFMT, folder], capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(f"loyalty: djangofmt\n{done.stdout}{done.stderr}")
        return {name: path.read_text(encoding="utf-8") for name, path in paths.items()}


def break_lines(source: str) -> str:
    """Return the source with a line break at every place where it helps the reader and cannot be seen."""
    tokens = [token for one in read_tokens(source) for token in wrap_text(one)]
    safe, kept = find_safe_gaps(tokens), find_short_elements(tokens)
    written: list[str] = []
    for index, token in enumerate(tokens):
        nearby = [other for other in (at(tokens, index - 1), at(tokens, index + 1)) if other]
        if token.kind == "space":
            is_free = index not in kept and index + 1 not in kept
            breaks = is_free and "\n" not in token.text and any(is_structural(other) for other in nearby)
            written.append("\n" if breaks else token.text)
            continue
        following = at(tokens, index + 1)
        written.append(token.text)
        if following is None or following.kind == "space" or index not in safe or index + 1 in kept:
            continue
        if is_structural(token) or is_structural(following):
            written.append("\n")
    return "".join(written)


def at(tokens: list[Token], index: int) -> Token | None:
    """Return the token at that place, or None outside."""
    return tokens[index] if 0 <= index < len(tokens) else None


def find_short_elements(tokens: list[Token]) -> set[int]:
    """Return the places, except each first one, of elements and conditions that are short enough for one line."""
    kept: set[int] = set()
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.opens:
            opened.append(index)
        elif token.closes and opened:
            while opened and tokens[opened[-1]].name != token.name:
                opened.pop()
            if not opened:
                continue
            first = opened.pop()
            inner = tokens[first + 1 : index]
            length = sum(len(one.text) for one in tokens[first : index + 1])
            if length <= SHORT and not any(blocks_one_line(one) for one in inner):
                kept |= set(range(first + 1, index + 1))
    return kept


def blocks_one_line(token: Token) -> bool:
    """Say whether an element with this inside is spread over lines."""
    return token.kind in ("block", "silent") or (token.kind == "flow" and token.name == "for") or "\n" in token.text


# ---- Long texts -----------------------------------------------------------------------------------------------------

TRANSLATE: Final = re.compile(r'\{% translate "([^"{%]+)"(?: as (\w+))? %\}')
BLOCKTRANSLATE: Final = re.compile(r"(?s)\{% blocktranslate(?! trimmed)([^%]*) %\}(.*?)\{% endblocktranslate %\}")
PLURAL: Final = "{% plural %}"
TEXT_WIDTH: Final = 96
"""Of a wrapped text, which djangofmt indents afterwards."""


def wrap_text(token: Token) -> list[Token]:
    """Return the token, or where it is a long text to translate, the same text wrapped over lines."""
    if len(token.text) <= TEXT_WIDTH or "\n" in token.text:
        return [token]
    if token.name == "translate" and (found := TRANSLATE.fullmatch(token.text)):
        asvar = f" asvar {found[2]}" if found[2] else ""
        return [token.with_text(_wrap_translation(f"{{% blocktranslate trimmed{asvar} %}}", found[1]))]
    if token.name == "blocktranslate" and (found := BLOCKTRANSLATE.fullmatch(token.text)):
        bodies = found[2].split(PLURAL)
        if all(body == body.strip() and "  " not in body for body in bodies):
            return [token.with_text(_wrap_translation(f"{{% blocktranslate trimmed{found[1]} %}}", *bodies))]
    return [token]


def _wrap_translation(head: str, *bodies: str) -> str:
    joined = f"\n{PLURAL}\n".join("\n".join(_wrap_body(body)) for body in bodies)
    return f"{head}\n{joined}\n{{% endblocktranslate %}}"


def _wrap_body(body: str) -> list[str]:
    glued = re.sub(r"\{\{ (\w+) \}\}", "{{\0\\1\0}}", body)
    return [
        line.replace("\0", " ")
        for line in wrap(glued, TEXT_WIDTH, break_long_words=False, break_on_hyphens=False, expand_tabs=False)
    ]


if __name__ == "__main__":
    main()

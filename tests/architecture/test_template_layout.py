"""The layout of templates: where lines break and where they must not; readers and translators see no difference."""

import re
import subprocess
import sys

import pytest
from django.template import Context, Engine
from django.utils.translation.template import templatize

from loyalty.template_flow import find_safe_gaps, read_tokens
from loyalty.template_layout import ROOT, WIDTH, break_lines, find_long_lines, format_templates

pytestmark = pytest.mark.static

SOURCES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.html"))}


def test_every_template_is_in_shape_and_no_line_is_too_long() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loyalty.template_layout", "--check"],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_line_over_the_width_is_named() -> None:
    assert find_long_lines("a.html", f"<p>\n{'x' * WIDTH}\n</p>") == []
    assert find_long_lines("a.html", f"<p>\n{'x' * (WIDTH + 1)}\n</p>") == [
        "templates/a.html:2: 121 characters, at most 120"
    ]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_tokens_of_a_template_are_the_template(name: str) -> None:
    assert "".join(token.text for token in read_tokens(SOURCES[name])) == SOURCES[name]


@pytest.mark.parametrize(
    ("source", "broken"),
    [
        ("<ul><li>a</li><li>b</li></ul>", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        (
            '{% translate "A" as a %}{% card a %}<p>x</p>{% endcard %}',
            '{% translate "A" as a %}\n{% card a %}\n<p>x</p>\n{% endcard %}',
        ),
        ("<p>{{ a }}{% if b %}, {{ b }}{% endif %}.</p>", "<p>{{ a }}{% if b %}, {{ b }}{% endif %}.</p>"),
        # A second turn of the loop would begin behind the first one's word.
        ("<p>{% for a in b %}{{ a }}{% endfor %}</p>", "<p>\n{% for a in b %}{{ a }}{% endfor %}\n</p>"),
        ("x{% for a in b %}<p>{{ a }}</p>{% endfor %}y", "x{% for a in b %}\n<p>{{ a }}</p>\n{% endfor %}y"),
        ("<pre><p>a</p><p>b</p></pre>", "<pre><p>a</p><p>b</p></pre>"),
        ("<textarea>{{ a }}{% if b %}{% endif %}</textarea>", "<textarea>{{ a }}{% if b %}{% endif %}</textarea>"),
    ],
)
def test_lines_break_only_where_white_space_is_not_seen(source: str, broken: str) -> None:
    assert break_lines(source) == broken


def test_of_an_if_both_ways_count() -> None:
    tokens = list(read_tokens("a{% if b %} c{% else %}d{% endif %}e"))
    before_c = next(index for index, token in enumerate(tokens) if "if b" in token.text)
    before_d = next(index for index, token in enumerate(tokens) if "else" in token.text)
    safe = find_safe_gaps(tokens)
    assert before_c in safe
    assert before_d not in safe


LONG = "Money paid ahead or given away: each card pays at any till until it is empty, and then it is closed for good."


@pytest.mark.parametrize(
    "source",
    [
        f'<p>{{% translate "{LONG}" %}}</p>',
        f'{{% translate "{LONG}" as lead %}}<p>{{{{ lead }}}}</p>',
        f"<p>{{% blocktranslate with a=b %}}{{{{ a }}}} {LONG}{{% endblocktranslate %}}</p>",
        f"{{% blocktranslate count n=b %}}{LONG}{{% plural %}}{{{{ n }}}} {LONG}{{% endblocktranslate %}}",
    ],
)
def test_a_long_text_is_wrapped_and_stays_the_same_text(source: str) -> None:
    shaped = format_templates({"a.html": source})["a.html"]
    assert find_long_lines("a.html", shaped) == []
    assert "trimmed" in shaped
    assert _read_msgids(shaped) == _read_msgids(source)
    engine = Engine(builtins=["django.templatetags.i18n"])
    was, now = (engine.from_string(one).render(Context({"b": 3})) for one in (source, shaped))
    assert _read_words(now) == _read_words(was)


def test_a_shape_is_final() -> None:
    source = SOURCES["backoffice/members/list.html"].replace("\n", " ")
    once = format_templates({"a.html": source})
    assert format_templates(once) == once


def _read_msgids(source: str) -> list[str]:
    return re.findall(r"gettext\(.*?\) ", templatize(source) + " ")


def _read_words(page: str) -> list[str]:
    return page.replace("<p>", "<p> ").replace("</p>", " </p>").split()

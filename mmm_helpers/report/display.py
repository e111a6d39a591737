"""How a notebook hands text, HTML and figures to the page: the only module here that displays.

Text is sent twice: as MyST, which the site builder reads with its roles, links and formulas, and as HTML for
whoever opens the notebook itself.
"""

from __future__ import annotations

import base64
import io
import re

import matplotlib.pyplot as plt
from IPython.display import display
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from mmm_helpers.report.images import ALT_TEXT

DOTS_PER_INCH = 160
ROLE = re.compile(r"\{[\w:]+\}`([^`<]+?)(?:\s*<[^>]*>)?`")


def figure(fig: Figure, *, alt: str) -> None:
    """Show a figure with a text that says what it shows to someone who cannot see it, and close it.

    Parameters
    ----------
    fig : matplotlib figure; transparent, so that it suits a light and a dark page.
    alt : one or two sentences with the main numbers. One figure a cell: a page has one text for each cell.
    """
    if not alt.strip():
        raise ValueError(
            "The 'alt' parameter of figure must say what the figure shows. Got an empty text instead."
        )
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=DOTS_PER_INCH, bbox_inches="tight", pad_inches=0.08)
    plt.close(fig)
    image = base64.b64encode(buffer.getvalue()).decode()
    alt = plain(alt)
    display(
        {"image/png": image, "text/plain": alt},
        raw=True,
        metadata={ALT_TEXT: alt},
    )


def html(text: str) -> None:
    """Show HTML."""
    display({"text/html": text, "text/plain": strip_tags(text)}, raw=True)


def markdown(text: str, *, css: str = "") -> None:
    """Show MyST text; `css` is the class of the box around it.

    Parameters
    ----------
    text : MyST: roles such as ``{term}`ROAS` `` and links to other pages are resolved by the site builder.
    css : class name; empty for no box.
    """
    boxed = f"::::{{div}} {css}\n{text}\n::::" if css else text
    display({"text/markdown": boxed, "text/html": to_html(text, css=css), "text/plain": text}, raw=True)


def dropdown(title: str, text: str) -> None:
    """Show MyST text in a box that is closed until it is clicked."""
    closed = f"<details><summary>{title}</summary>{to_html(text)}</details>"
    data = {
        "text/markdown": f"::::{{dropdown}} {title}\n{text}\n::::",
        "text/html": closed,
        "text/plain": text,
    }
    display(data, raw=True)


def to_html(text: str, *, css: str = "") -> str:
    """MyST text as plain HTML, roles reduced to their words; for reading outside the site.

    Examples
    --------
    >>> to_html("a {term}`ROAS` of **2**")
    '<div class="mmm"><p>a ROAS of <strong>2</strong></p>\\n</div>'
    """
    body = MarkdownIt("commonmark").enable("table").render(ROLE.sub(r"\1", text))
    return f'<div class="{css or "mmm"}">{body}</div>'


def plain(text: str) -> str:
    """MyST text without roles and stars, for alternative texts.

    Examples
    --------
    >>> plain("a {term}`ROAS` of **2**, *assumed*")
    'a ROAS of 2, assumed'
    """
    return ROLE.sub(r"\1", text).replace("*", "")


def escape_dollars(text: str) -> str:
    """Protect dollar signs, which would otherwise start a formula.

    Examples
    --------
    >>> print(escape_dollars("$3 M of $9 M"))
    \\$3 M of \\$9 M
    """
    return re.sub(r"(?<!\\)\$", r"\\$", text)


def as_prose(text: str) -> str:
    """A sentence as MyST: dollar signs protected, and no line break between a number, its sign and its unit.

    Examples
    --------
    >>> as_prose("$3 M, 21 % of it").replace("\u00a0", "~")
    '\\\\$3~M, 21~% of it'
    >>> ascii(as_prose("+€3"))
    "'+\\\\u2060\\\\u20ac3'"
    """
    joined = re.sub(r"(?<=\d) (?=%|[kM]\b|bn\b)", "\u00a0", text)
    return escape_dollars(re.sub(r"(?<=[+−])(?=[€$£¥])", "\u2060", joined))


def strip_tags(text: str) -> str:
    """Text of an HTML fragment, without its scripts.

    Examples
    --------
    >>> strip_tags('<p>a <b>b</b></p><script type="application/json">{"data": 1}</script>')
    'a b'
    """
    shown = re.sub(r"<script\b.*?</script>", " ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())

"""Sphinx extension of the site: formulas without network, banners, descriptions, numbers of the run.

Formulas are written as MathML by latex2mathml, because the usual renderer loads its script from a server.
Banners come from `reports/_site.json`, which `publish` writes beside the pages.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import latex2mathml.converter
from docutils import nodes
from sphinx.application import Sphinx

SITE_FILE = "reports/_site.json"
"""What `publish` tells this extension, relative to the book: banners by page."""

DESCRIPTION_LENGTH = 200

REMOTE_TAG = re.compile(
    r'<(?:script|link|img)\b[^>]*\b(?:src|href)="(?:https?:)?//[^"]*"[^>]*>(?:\s*</script>)?', re.IGNORECASE
)
"""Tags that would make a browser fetch something from another machine."""

LIVE_CODE = re.compile(
    r"<script>const THEBE_JS_URL.*?</script>"
    r"|<script[^>]*(?:sphinx-thebe\.js|text/x-thebe-config).*?</script>",
    re.DOTALL,
)
"""Scripts for running code in the page, which the theme always adds and which need a server."""


def visit_inline_math(self: Any, node: nodes.math) -> None:
    """Write an inline formula as MathML."""
    self.body.append(latex2mathml.converter.convert(node.astext()))
    raise nodes.SkipNode


def visit_display_math(self: Any, node: nodes.math_block) -> None:
    """Write a formula on its own line as MathML."""
    formula = latex2mathml.converter.convert(node.astext(), display="block")
    self.body.append(f'<div class="mmm-formula" tabindex="0">{formula}</div>')
    raise nodes.SkipNode


def read_site(source: str | Path) -> dict[str, dict[str, str]]:
    """What `publish` left for the pages: `{"banners": {page: html}}`."""
    path = Path(source) / SITE_FILE
    if not path.exists():
        return {"banners": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def describe(body: str, fallback: str) -> str:
    """First paragraph of a page as plain text for its description, at most 200 characters.

    Examples
    --------
    >>> describe("<h1>T</h1><p>Each euro on <b>TV</b> brought back €1.8.</p>", "T")
    'Each euro on TV brought back €1.8.'
    """
    for paragraph in re.findall(r"<p\b[^>]*>(.*?)</p>", body, re.DOTALL):
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", paragraph)).split())
        if len(text) > 30:
            return text if len(text) <= DESCRIPTION_LENGTH else text[: DESCRIPTION_LENGTH - 1].rstrip() + "…"
    return fallback


def mend_access(body: str) -> str:
    """Let the keyboard reach figures that scroll sideways, and drop a list role that its entries lack.

    Examples
    --------
    >>> mend_access('<div role="list" class="citation-list">')
    '<div class="citation-list">'
    """
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    return re.sub(r'(<div class="cell_output[^"]*")(>\s*<img)', r'\1 tabindex="0"\2', body)


def name_toggles(page: str) -> str:
    """Name the buttons of the navigation that open a market's pages; the theme leaves them to the eye.

    Examples
    --------
    >>> name_toggles('<a href="NO/index.html">Norway</a><details><summary><span>')
    '<a href="NO/index.html">Norway</a><details><summary aria-label="Pages of Norway"><span>'
    """
    return re.sub(r"(>([^<>]+)</a><details[^>]*><summary)>", r'\1 aria-label="Pages of \2">', page)


def dress_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the page's banners under its title, and a description into its head."""
    if "body" not in context:
        return
    site = read_site(app.srcdir)
    title = re.sub(r"<[^>]+>", "", context.get("title", ""))
    description = describe(context["body"], title)
    context["metatags"] = (
        context.get("metatags", "") + f'\n<meta name="description" content="{html.escape(description)}" />'
    )
    context["body"] = mend_access(context["body"])
    banner = site["banners"].get(page, "")
    if banner:
        context["body"] = re.sub(r"(</h1>)", lambda m: m.group(1) + banner, context["body"], count=1)


def mend_pages(app: Sphinx, error: Exception | None) -> None:
    """Remove what the theme would load from a server, and name what only the eye can tell."""
    if error is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        clean = name_toggles(LIVE_CODE.sub("", REMOTE_TAG.sub("", text)))
        if clean != text:
            page.write_text(clean, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the formula renderer and the page hooks with Sphinx."""
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(visit_inline_math, None),
        block_renderers=(visit_display_math, None),
    )
    app.connect("html-page-context", dress_page, priority=900)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

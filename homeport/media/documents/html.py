"""HTML: its text as Markdown, with headings, lists, tables and preformatted text; no scripts, no links' addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from homeport.media.documents.block import Block, Headings
from homeport.media.documents.encoding import open_text
from homeport.media.documents.table import markdown_table

_UNSEEN = ["script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "head"]
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_NAMES = """
    address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer
    form header hr legend li main nav ol p section summary table tbody td th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_WITHIN = ",".join(sorted(_BLOCKS - {"body", "caption", "tbody", "td", "th", "thead", "tr"}))  # a cell, a heading
_PARTS_OF_LAYOUT = "table, h1, h2, h3, h4, h5, h6"
_BLANK = re.compile(r"\s+")
_DECLARED = re.compile(r"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def read(path: Path) -> Iterator[Block]:
    with open(path, encoding="latin-1") as file:
        declared = _DECLARED.search(file.read(4096))
    with open_text(path, declared=declared[1] if declared else None) as file:
        tree = LexborHTMLParser(file.read())
    headings = Headings()
    if (title := tree.css_first("head > title")) is not None and (name := _line(title.text())):
        headings.enter(1, name)
        yield Block(f"{name}\n\n", heading=headings.path)
    tree.strip_tags(_UNSEEN)
    for gap in tree.css("br"):
        gap.replace_with("\n")
    if tree.body is not None:
        yield from _walk(tree.body, headings)


def _walk(root: LexborNode, headings: Headings) -> Iterator[Block]:
    """Down the tree without recursion: a page may be nested a million deep."""
    text = ""  # of the paragraph that we are in
    node: LexborNode | None = root
    while node is not None:
        tag = node.tag
        whole = _whole(node)
        if (whole is not None or tag in _BLOCKS) and text.strip(" -"):
            yield Block(_paragraph(text), heading=headings.path)
            text = ""
        if tag == "-text":
            text += _BLANK.sub(" ", node.text_content or "")
        elif tag == "img":
            text += f" {node.attributes.get('alt') or ''} "
        elif tag == "li":
            text = "- "
        elif whole is not None:
            if tag in _HEADINGS:
                headings.enter(_HEADINGS[tag] + 1, whole)  # the page's title is above them all
                whole = f"{'#' * _HEADINGS[tag]} {whole}\n\n"
            yield Block(whole, heading=headings.path)
        following = node.first_child if whole is None else None
        while following is None and node.mem_id != root.mem_id:
            following = node.next
            if following is None:
                assert node.parent is not None
                node = node.parent
                if node.tag in _BLOCKS:
                    if text.strip(" -"):
                        yield Block(_paragraph(text), heading=headings.path)
                    text = ""
        node = following


def _whole(node: LexborNode) -> str | None:
    """The text of an element whose children need no walk."""
    is_table = node.tag == "table" and all(part.css_first(_PARTS_OF_LAYOUT) is None for part in node.iter())
    if is_table or node.tag in _HEADINGS or node.tag == "pre":
        for block in node.css(_WITHIN):
            block.insert_before("\n")
    if node.tag in _HEADINGS:
        return _line(node.text())
    if node.tag == "pre":
        return "```\n" + node.text().strip("\n") + "\n```\n\n"
    if is_table:
        caption = node.css_first("caption")
        above = f"{_line(caption.text())}\n\n" if caption is not None and caption.text().strip() else ""
        return above + markdown_table([cell.text() for cell in row.css("td, th")] for row in node.css("tr"))
    return None


def _paragraph(text: str) -> str:
    return _line(text) + ("\n" if text.startswith("- ") else "\n\n")


def _line(text: str) -> str:
    return " ".join(text.split())

"""Writes PDFs for tests, as few bytes as there is to say: pages of text, an outline, or one that never ends."""

from __future__ import annotations

from collections.abc import Sequence

_FIRST_FREE = 4  # objects: 1 the catalog, 2 the page tree, 3 the font


def write_pdf(
    pages: Sequence[Sequence[str]], *, outline: Sequence[tuple[str, int]] = (), encrypted: bool = False
) -> bytes:
    """`pages`: the lines on each. `outline`: titles and the page, from 1, where each begins."""
    objects: dict[int, bytes] = {
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    }
    kids = [_FIRST_FREE + 2 * number for number in range(len(pages))]
    for kid, lines in zip(kids, pages, strict=True):
        shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
        content = f"BT /F1 12 Tf 14 TL 50 780 Td\n{shown}ET".encode("cp1252")
        objects[kid] = _page(kid + 1)
        objects[kid + 1] = _stream(content)
    objects[2] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    root = _FIRST_FREE + 2 * len(pages)
    entries = [root + 1 + number for number in range(len(outline))]
    for number, (title, page) in enumerate(outline):
        following = f"/Next {entries[number + 1]} 0 R" if number + 1 < len(entries) else ""
        target = f"/Dest [{kids[page - 1]} 0 R /Fit]"
        objects[entries[number]] = f"<< /Title ({_escaped(title)}) /Parent {root} 0 R {target} {following} >>".encode()
    if entries:
        objects[root] = f"<< /Type /Outlines /First {entries[0]} 0 R /Last {entries[-1]} 0 R >>".encode()
    objects[1] = f"<< /Type /Catalog /Pages 2 0 R {f'/Outlines {root} 0 R' if entries else ''} >>".encode()
    return _file(objects, _ENCRYPTED if encrypted else b"")


def nested_pdf(*, levels: int, pages: int = 1) -> bytes:
    """Pages that show a form ten times, which shows a form ten times…: 10 to the power of `levels` words on each."""
    first = _FIRST_FREE + 1 + pages
    kids = range(_FIRST_FREE + 1, first)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {pages} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        _FIRST_FREE: _stream(b"/X Do"),
    }
    for kid in kids:
        shows = f"/Contents {_FIRST_FREE} 0 R /Resources << /XObject << /X {first} 0 R >> >>"
        objects[kid] = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] {shows} >>".encode()
    for number in range(first, first + levels):
        form = f"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << /X {number + 1} 0 R >> >>"
        objects[number] = _stream(b"/X Do " * 10, form)
    last = "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >>"
    objects[first + levels] = _stream(b"BT /F1 12 Tf 50 700 Td (again) Tj ET", last)
    return _file(objects)


def form_pdf(label: str, value: str) -> bytes:
    """A page with a label and a field of a form that is filled in."""
    shown = f"/Tx BMC q BT /F1 12 Tf 2 5 Td ({_escaped(value)}) Tj ET Q EMC".encode("cp1252")
    appearance = "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >>"
    field = (
        f"/Type /Annot /Subtype /Widget /FT /Tx /T (name) /V ({_escaped(value)}) /F 4 /Rect [200 775 400 795] /P 4 0 R"
    )
    return _file(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] /DA (/F1 12 Tf) >> >>",
            2: b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            4: _page(5).replace(b" /Resources", b" /Annots [6 0 R] /Resources"),
            5: _stream(f"BT /F1 12 Tf 50 780 Td ({_escaped(label)}) Tj ET".encode("cp1252")),
            6: f"<< {field} /AP << /N 7 0 R >> >>".encode(),
            7: _stream(shown, appearance),
        }
    )


# A password is set, whatever it is.
_ENCRYPTED = (
    b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32 + b"> >>"
    b" /ID [<0123456789abcdef0123456789abcdef> <0123456789abcdef0123456789abcdef>]"
)


def _page(contents: int) -> bytes:
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {contents} 0 R"
        " /Resources << /Font << /F1 3 0 R >> >> >>"
    ).encode()


def _stream(content: bytes, entries: str = "") -> bytes:
    return f"<< {entries} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: dict[int, bytes], trailer: bytes = b"") -> bytes:
    written = b"%PDF-1.4\n"
    places = {}
    for number in sorted(objects):
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    size = max(objects) + 1
    entries = [b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 00000 f \n" for n in range(1, size)]
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, b"".join(entries))
    end = b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (size, trailer, len(written))
    return written + table + end

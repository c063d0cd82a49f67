"""Each format, in files that its own library has written: text, order, pages, headings and tables come out."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from pptx.util import Inches

from tests.media.pdf import form_pdf, write_pdf
from tests.media.reading import blocks_of, text_of

pytestmark = pytest.mark.anyio


async def test_pdf_keeps_pages_and_the_headings_of_its_outline(tmp_path: Path) -> None:
    path = tmp_path / "manual.pdf"
    pages = [["Getting started", "Café (first line)"], ["the rest of it", "Going on", "further text"]]
    path.write_bytes(write_pdf(pages, outline=[("Getting started", 1), ("Going on", 2)]))
    found = [(block.page, block.heading, block.text) for block in await blocks_of(path)]
    assert found == [
        (1, "Getting started", "Getting started\nCafé (first line)\n\n"),
        (2, "Getting started", "the rest of it\n"),
        (2, "Going on", "Going on\nfurther text\n\n"),
    ]


async def test_docx_keeps_headings_tables_lists_and_notes_of_change(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("The lease", 0)
    document.add_heading("Rent", 1)
    paragraph = document.add_paragraph("It is due on the ")
    inserted, deleted = OxmlElement("w:ins"), OxmlElement("w:del")
    moved = OxmlElement("w:moveFrom")
    changes = ((inserted, "w:t", "first"), (deleted, "w:delText", "third"), (moved, "w:t", "Three months."))
    for change, tag, text in changes:
        run, content = OxmlElement("w:r"), OxmlElement(tag)
        content.text = text
        run.append(content)
        change.append(run)
        paragraph._p.append(change)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Month", "Amount", "May", "900 | cold"), strict=True):
        cell.text = text
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    content.append(document.add_paragraph("inside a control")._p)
    control.append(content)
    document.element.body.insert(0, control)
    document.add_heading("Notice", 2)
    document.add_paragraph("Three months.")
    path = tmp_path / "lease.docx"
    document.save(str(path))
    assert [(block.heading, block.text) for block in await blocks_of(path)] == [
        (None, "inside a control\n\n"),
        ("The lease", "# The lease\n\n"),
        ("The lease > Rent", "## Rent\n\n"),
        ("The lease > Rent", "It is due on the first\n\n"),
        ("The lease > Rent", "| Month | Amount |\n| --- | --- |\n| May | 900 \\| cold |\n\n"),
        ("The lease > Rent > Notice", "### Notice\n\n"),
        ("The lease > Rent > Notice", "Three months.\n\n"),
    ]


async def test_docx_reads_breaks_tabs_and_lists(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("one\ttwo\nthree")
    listed = document.add_paragraph("an item")._p.get_or_add_pPr()
    listed.append(OxmlElement("w:numPr"))
    stops, stop = OxmlElement("w:tabs"), OxmlElement("w:tab")
    stop.set(qn("w:pos"), "720")
    stops.append(stop)
    document.add_paragraph("no tab here")._p.get_or_add_pPr().append(stops)
    path = tmp_path / "breaks.docx"
    document.save(str(path))
    assert await text_of(path) == "one\ttwo\nthree\n\n- an item\n\nno tab here\n\n"


async def test_docx_reads_equations_and_text_boxes(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Let ")
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    paragraph._p.append(parse_xml(f'<m:oMath xmlns:m="{math}"><m:r><m:t>n=42</m:t></m:r></m:oMath>'))
    paragraph.add_run(" be the limit.")
    anchored = document.add_paragraph()
    box = OxmlElement("w:txbxContent")
    for text in ("Side note", "in two paragraphs"):
        inner = OxmlElement("w:p")
        run, content = OxmlElement("w:r"), OxmlElement("w:t")
        content.text = text
        run.append(content)
        inner.append(run)
        box.append(inner)
    anchored._p.append(box)
    anchored.add_run("Contracts end in May.")
    path = tmp_path / "notes.docx"
    document.save(str(path))
    assert await text_of(path) == "Let n=42 be the limit.\n\nSide note\nin two paragraphs\nContracts end in May.\n\n"


async def test_pptx_reads_what_is_written_for_new_readers(tmp_path: Path) -> None:
    """As a text box with an equation; and ids that come twice, as in presentations put together of others."""
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Energy"
    wrapped, plain = (slide.shapes.add_textbox(0, 0, Inches(1), Inches(1)) for _ in range(2))
    wrapped.text_frame.text, plain.text_frame.text = "It is conserved.", "The same id as the title"
    plain._element.nvSpPr.cNvPr.set("id", str(slide.shapes.title.shape_id))
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    either = parse_xml(
        f'<mc:AlternateContent xmlns:mc="{compatibility}"><mc:Choice Requires="a14"/><mc:Fallback/>'
        "</mc:AlternateContent>"
    )
    wrapped._element.addprevious(either)
    either[0].append(wrapped._element)
    path = tmp_path / "energy.pptx"
    presentation.save(str(path))
    assert await text_of(path) == "# Energy\n\nIt is conserved.\n\nThe same id as the title\n\n"


async def test_pdf_forms_are_read_as_they_are_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(form_pdf("Name of the tenant:", "Maria Keller"))
    assert (await text_of(path)).split() == ["Name", "of", "the", "tenant:", "Maria", "Keller"]


async def test_pptx_keeps_slides_titles_tables_and_notes(tmp_path: Path) -> None:
    presentation = pptx.Presentation()
    for number in (1, 2):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = f"Plan {number}"
        slide.placeholders[1].text = f"what we do in part {number}"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(1), Inches(1), Inches(1)).text_frame.text = "in a group"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for cell, text in zip(table.iter_cells(), ("City", "People", "Ulm", "126000"), strict=True):
        cell.text = text
    slide.notes_slide.notes_text_frame.text = "say it slowly"
    path = tmp_path / "plan.pptx"
    presentation.save(str(path))
    blocks = await blocks_of(path)
    assert [(block.page, block.heading) for block in blocks] == [(1, "Plan 1")] * 2 + [(2, "Plan 2")] * 5
    assert "".join(block.text for block in blocks) == (
        "# Plan 1\n\nwhat we do in part 1\n\n# Plan 2\n\nwhat we do in part 2\n\nin a group\n\n"
        "| City | People |\n| --- | --- |\n| Ulm | 126000 |\n\nsay it slowly\n\n"
    )


async def test_xlsx_names_each_value_and_keeps_sheets(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Prices"
    sheet.append(["Fruit", "Price", "Since"])
    sheet.append(["Apple", 1.5, datetime.datetime(2024, 5, 1)])
    sheet.append([None, None, None])
    sheet.append(["Pear", None, "always"])
    numbers = workbook.create_sheet("Numbers")
    numbers.append([1, 2])
    numbers.append([True, "=1+1"])
    path = tmp_path / "prices.xlsx"
    workbook.save(path)
    found = [(block.heading, block.text) for block in await blocks_of(path)]
    prices = "# Prices\n\nFruit | Price | Since\nFruit: Apple | Price: 1.5 | Since: 2024-05-01\n"
    assert found == [
        ("Prices", f"{prices}Fruit: Pear | Since: always\n\n"),
        ("Numbers", "# Numbers\n\n1 | 2\nTrue\n\n"),
    ]


async def test_html_is_read_as_it_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        """<!doctype html><title>The  guide</title><style>p {}</style><body><h1>Install</h1>
        <p>Get <b>home</b>port<br>now. <script>alert("no")</script></p><ul><li>first<li><p>second</p></ul>
        <pre>pip install x
  --flag</pre><h2>Sizes</h2><table><caption>What
        there is</caption><tr><th>Name<th>Size<tr><td><p>small</p><td>1 &lt; 2</table>
        <table><tr><td><h3>In a layout</h3>words</table><img alt="a picture"> tail"""
    )
    assert [(block.heading, block.text) for block in await blocks_of(path)] == [
        ("The guide", "The guide\n\n"),
        ("The guide > Install", "# Install\n\n"),
        ("The guide > Install", "Get homeport now.\n\n"),
        ("The guide > Install", "- first\n"),
        ("The guide > Install", "- second\n"),
        ("The guide > Install", "```\npip install x\n  --flag\n```\n\n"),
        ("The guide > Install > Sizes", "## Sizes\n\n"),
        ("The guide > Install > Sizes", "What there is\n\n| Name | Size |\n| --- | --- |\n| small | 1 < 2 |\n\n"),
        ("The guide > Install > Sizes > In a layout", "### In a layout\n\n"),
        ("The guide > Install > Sizes > In a layout", "words\n\n"),
        ("The guide > Install > Sizes > In a layout", "a picture tail\n\n"),
    ]


async def test_html_without_blanks_between_its_blocks(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<table><tr><td><div>Ann <b>L</b>ee</div><div>Main St 5</div><div>10115 Berlin</div></td>"
        "<td><ul><li>red</li><li>blue</li></ul></td></tr></table>"
        "<h2><span>One</span><div>Two</div></h2><pre><div>a=1</div><div>b=2</div></pre>"
    )
    assert [block.text for block in await blocks_of(path)] == [
        "| Ann Lee Main St 5 10115 Berlin | red blue |\n| --- | --- |\n\n",
        "## One Two\n\n",
        "```\na=1\nb=2\n```\n\n",
    ]


async def test_markdown_stays_as_it_is_and_its_headings_are_known(tmp_path: Path) -> None:
    text = (
        "---\ntitle: not a heading\n---\n# One\n\ntext\n\n```sh\n# not a heading\n```\n"
        "Two\n---\nmore\n\n### Three ###\nend\n"
    )
    path = tmp_path / "notes.md"
    path.write_text(text)
    blocks = await blocks_of(path)
    assert "".join(block.text for block in blocks) == text
    assert [(block.heading, block.text.split("\n")[0]) for block in blocks] == [
        (None, "---"),
        ("One", "# One"),
        ("One > Two", "Two"),
        ("One > Two > Three", "### Three ###"),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (",name,phone,city\n0,Ann,,Rome\n", ",name,phone,city\n0 | name: Ann | city: Rome\n"),
        ("Region,2021,2022\nNorth,,20\n", "Region,2021,2022\nRegion: North | 2022: 20\n"),
        ("name,phone,city,\nAnn,,Rome,\n", "name,phone,city,\nname: Ann | city: Rome\n"),
        ("Sales,,\nname,phone,city\nAnn,,Rome\n", "Sales\nname | phone | city\nAnn |  | Rome\n"),
        ("Ann,3,4\nBo,5,5\n", "Ann | 3 | 4\nBo | 5 | 5\n"),
        ("Ann,Rome,\nBo,Oslo,ill\n", "Ann | Rome\nBo | Oslo | ill\n"),
        ("Report,March,,\nname,phone,city,zip\n", "Report | March\nname | phone | city | zip\n"),
        ("a,,,,,,,,b\nc\n", "a |  |  |  | b\nc\n"),
        (
            "Last, First\tTel\tCity\nKeller, Anna\t12\tBerlin\nMeier, Bo\t45\n",
            "Last, First\tTel\tCity\nLast, First: Keller, Anna | Tel: 12 | City: Berlin\n"
            "Last, First: Meier, Bo | Tel: 45\n",
        ),
        ("Ann,30,1990\nBo,,1991\n", "Ann | 30 | 1990\nBo |  | 1991\n"),
        ("A;B;C\n1,0;2,0;3,0\n4,0;5,0;6,0\n", "A;B;C\nA: 1,0 | B: 2,0 | C: 3,0\nA: 4,0 | B: 5,0 | C: 6,0\n"),
    ],
)
async def test_tables_whose_columns_are_hard_to_tell(tmp_path: Path, text: str, read: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    assert await text_of(path) == read


@pytest.mark.parametrize(("suffix", "delimiter"), [("csv", ","), ("csv", ";"), ("tsv", "\t")])
async def test_csv_names_each_value(tmp_path: Path, suffix: str, delimiter: str) -> None:
    path = tmp_path / f"table.{suffix}"
    rows = ["name", "note", "age"], ["Ann", '"two\nlines, one; cell"', "7"], ["Bo", "", "8"]
    path.write_text("\n".join(delimiter.join(row) for row in rows))
    assert await text_of(path) == (
        f"name{delimiter}note{delimiter}age\nname: Ann | note: two lines, one; cell | age: 7\nname: Bo | age: 8\n"
    )


async def test_csv_without_names_is_read_plainly(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("1,2\n3,4\n")
    assert await text_of(path) == "1 | 2\n3 | 4\n"


async def test_json_reads_as_lines_under_its_topmost_names(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(
        json.dumps({"caf\u00e9": {"open": True, "tables": [1, {"seats": None}]}, "note": "a\nb", "none": []})
    )
    assert [(block.heading, block.text) for block in await blocks_of(path)] == [
        ("café", "café:\n  open: true\n  tables:\n    - 1\n    -\n      seats: null\n"),
        ("note", "note: a\nb\n"),
        ("none", "none: []\n"),
    ]


async def test_json_lines_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"text": "gr\\u00fcn", "n": 1}\n\nnot json\n[1, 2]\n')
    assert await text_of(path) == "text: grün\nn: 1\n\nnot json\n- 1\n- 2\n\n"


TEXTS = "c cpp cs css go java js json php py rb sh tex ts rs txt log toml kt jsonl noextension"


@pytest.mark.parametrize("suffix", TEXTS.split())
async def test_source_code_and_other_texts_stay_as_they_are(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"code.{suffix}"
    text = "#include <x>  // a, b; c\nint main() {\n\treturn 0;\n}\n"
    path.write_text(text)
    assert await text_of(path) == text

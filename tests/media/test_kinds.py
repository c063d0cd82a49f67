"""What a file is: names that say otherwise, encodings, and what Homeport does not read, with the reason."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest

from homeport.media.errors import DocumentError, EmptyDocument, UnreadableFile, UnsupportedFile
from tests.media.pdf import write_pdf
from tests.media.reading import text_of

pytestmark = pytest.mark.anyio

RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 3
GERMAN = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. Übermütige Füße stören. " * 3
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 4


async def test_a_pdf_called_text_is_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(write_pdf([["in a PDF"]]))
    assert await text_of(path, "notes.txt") == "in a PDF\n\n"


@pytest.mark.parametrize("name", ["text.pdf", "text.docx", "text.doc", "text.png", "text"])
async def test_a_text_called_otherwise_is_a_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / "blob"
    path.write_text("just a text, with a % and {brackets}\n")
    assert await text_of(path, name) == "just a text, with a % and {brackets}\n"


async def test_a_page_called_text_is_a_page(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_text("<!-- saved --><!DOCTYPE html><p>seen")
    assert await text_of(path, "saved.txt") == "seen\n\n"


@pytest.mark.parametrize("end", ["and no page", "<!-- that is never closed", "\n" * 1000])
async def test_a_text_that_begins_with_comments(tmp_path: Path, end: str) -> None:
    path = tmp_path / "blob"
    path.write_text("<!-- one -->\n" * 1000 + "text" + end)
    assert (await text_of(path, "notes.txt")).startswith("<!-- one -->\n<!-- one -->\n")


async def test_a_page_after_many_comments(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_text("<?xml version='1.0'?>\n" + "<!-- <p> -->\n" * 1000 + "<html><p>seen")
    assert await text_of(path, "saved.txt") == "seen\n\n"


async def test_a_word_document_called_pdf_is_a_word_document(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("from Word")
    document.save(str(tmp_path / "blob"))
    assert await text_of(tmp_path / "blob", "x.pdf") == "from Word\n\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain ASCII", "ascii"),
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (RUSSIAN, "utf-16"),
        (JAPANESE, "utf-32"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "shift_jis"),
    ],
)
async def test_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(text.encode(encoding))
    assert await text_of(path) == text


async def test_big_endian_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"\xfe\xff" + RUSSIAN.encode("utf-16-be"))
    assert await text_of(path) == RUSSIAN


async def test_one_broken_character_does_not_make_utf8_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(RUSSIAN.encode() + b"\xd0" + RUSSIAN.encode())
    assert await text_of(path) == f"{RUSSIAN}\ufffd{RUSSIAN}"


async def test_a_text_that_ends_with_its_only_foreign_letter(tmp_path: Path) -> None:
    page, letter = tmp_path / "page.html", tmp_path / "letter.txt"
    page.write_bytes('<meta charset="windows-1251"><p>hello п'.encode("cp1251"))
    letter.write_bytes("Yours, André".encode("cp1252"))
    assert await text_of(page) == "hello п\n\n"
    assert await text_of(letter) == "Yours, André"


async def test_characters_that_were_lost_before_are_not_broken(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    text = "Müller Größe\n" * 30 + "name was Jos\ufffd\n" * 40
    path.write_bytes(text.encode() + b"a stray \xe9\n")
    assert (await text_of(path)).startswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "La réunion aura lieu à neuf heures à l'hôtel. Les employés doivent présenter leur pièce d'identité. Où se "
        "trouve la clé du bureau ? Après le déjeuner, le directeur général répondra à toutes les questions.\n",
        "A reunião começa às nove horas; não há informação sobre a sala. Os funcionários deverão trazer a "
        "documentação necessária. A direção informará amanhã se haverá alterações no orçamento da região.\n",
        "Mötet är på måndag klockan nio i Göteborg. Alla anställda måste ta med sig sitt kort, även de som arbetar "
        "på distans. Efter lunchen får ni träffa den nya chefen. Frågor skickas till växeln.\n",
    ],
)
async def test_western_languages_are_not_taken_for_central_european_ones(tmp_path: Path, text: str) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(text.encode("cp1252") * 8)
    assert await text_of(path) == text * 8


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Vážený pane řediteli, dovoluji si Vás požádat o prodloužení termínu. Děkuji za odpověď.\n", "cp1250"),
        ("Tisztelt igazgató úr, értesítem, hogy a szerződés lejárt. Kérem, küldje el az újat.\n", "cp1250"),
    ],
)
async def test_central_european_languages_stay_so(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(text.encode(encoding) * 8)
    assert await text_of(path) == text * 8


@pytest.mark.parametrize("end", [b"a stray \xe9 here\n", "cut in the middle of a €".encode()[:-1]])
async def test_a_break_far_from_other_characters_leaves_it_utf8(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "app.log"
    text = "Müller bought “Käse” for 3 €\n" * 20 + "an ordinary line\n" * 2000
    path.write_bytes(text.encode() + end)
    assert (await text_of(path)).startswith(text)


async def test_a_page_that_declares_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes('<meta http-equiv="content-type" content="text/html; charset=koi8-r"><p>Привет'.encode("koi8-r"))
    assert await text_of(path) == "Привет\n\n"


@pytest.mark.parametrize(
    ("declared", "encoding", "text"), [("iso-8859-1", "cp1252", "It is “fine”: € 5"), ("gb2312", "gbk", "朱镕基 喆")]
)
async def test_a_page_that_declares_less_than_it_holds(tmp_path: Path, declared: str, encoding: str, text: str) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(f'<meta charset="{declared}"><p>{text}</p>'.encode(encoding))
    assert await text_of(path) == f"{text}\n\n"


async def test_what_no_database_takes_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_bytes(b"a\x00b\r\nc\rd\x07" + b" " * 500 + b"e" + b"\n" * 500 + b"f" * 400)
    assert await text_of(path) == "ab\nc\nd e\n\n" + "f" * 400


@pytest.mark.parametrize(
    ("name", "content", "error", "reason"),
    [
        ("empty.pdf", b"", EmptyDocument, "it is empty"),
        ("blank.txt", b" \n\t\n", EmptyDocument, "there is no text in it"),
        ("nothing.json", b"{}", EmptyDocument, "there is no text in it"),
        ("scan.pdf", write_pdf([[], []]), EmptyDocument, "there is no text on its 2 pages"),
        ("locked.pdf", write_pdf([["secret"]], encrypted=True), UnreadableFile, "it is encrypted"),
        ("cut.pdf", write_pdf([["text"]])[:120], UnreadableFile, "it is damaged, or not a PDF"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), UnsupportedFile, "Office before 2007"),
        (
            "locked.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            UnreadableFile,
            "it is encrypted",
        ),
        ("letter.doc", b"{\\rtf1\\ansi text}", UnsupportedFile, "Rich Text Format"),
        ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, UnsupportedFile, "binary data"),
        ("cut.docx", b"PK\x03\x04" + b"rest" * 20, UnreadableFile, "damaged, or cut off"),
    ],
)
async def test_what_can_not_be_read_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes, error: type[DocumentError], reason: str
) -> None:
    path = tmp_path / "blob"
    path.write_bytes(content)
    with pytest.raises(error) as raised:
        await text_of(path, name)
    assert raised.value.message.startswith(f"{name}: ")
    assert reason in raised.value.message
    assert raised.value.code == ("unsupported_file" if error is UnsupportedFile else "invalid_file")


@pytest.mark.parametrize(
    ("parts", "error", "reason"),
    [
        ({"readme.txt": "x"}, UnsupportedFile, "it is a ZIP archive"),
        ({"mimetype": "application/vnd.oasis.opendocument.text"}, UnsupportedFile, "OpenDocument"),
        ({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}, UnreadableFile, "not a Word document"),
        ({"[Content_Types].xml": "<", "xl/workbook.xml": "<"}, UnreadableFile, "not an Excel workbook"),
        ({"[Content_Types].xml": "", "ppt/presentation.xml": ""}, UnreadableFile, "not a PowerPoint presentation"),
    ],
)
async def test_an_archive_that_is_no_document(
    tmp_path: Path, parts: dict[str, str], error: type[DocumentError], reason: str
) -> None:
    path = tmp_path / "x.docx"
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    with pytest.raises(error, match=reason):
        await text_of(path)


async def test_a_message_does_not_say_where_the_file_is_stored(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "plain"))
    with zipfile.ZipFile(tmp_path / "plain") as plain, zipfile.ZipFile(tmp_path / "macros", "w") as macros:
        for name in plain.namelist():
            macros.writestr(name, plain.read(name).replace(b"document.main+xml", b"other.main+xml"))
    with pytest.raises(UnreadableFile) as raised:
        await text_of(tmp_path / "macros", "macros.docm")
    assert raised.value.message.startswith("macros.docm: it is damaged, or not a Word document (DOCX)")
    assert str(tmp_path) not in raised.value.message


def test_a_library_that_is_not_installed_is_named(tmp_path: Path) -> None:
    """As without the extra [docs]: text is read, a PDF is refused with what to install."""
    (tmp_path / "x.pdf").write_bytes(write_pdf([["text"]]))
    (tmp_path / "x.txt").write_bytes("é".encode("cp1252") * 20)
    code = f"""
import sys
from pathlib import Path
sys.modules.update(dict.fromkeys(["pypdfium2", "tokenizers", "charset_normalizer"]))
from homeport.media.documents import read
from homeport.media.documents.refusal import Refusal
from homeport.media.tokens import load_tokenizer
folder = Path({str(tmp_path)!r})
print(*(block.text for block in read(folder / "x.txt", ".txt", 1000)))
print(load_tokenizer(folder / "tokenizer.json")("two words"))
try:
    list(read(folder / "x.pdf", ".pdf", 1000))
except Refusal as refusal:
    print(refusal.kind, refusal.reason)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == [
        "é" * 20,
        "[0, 4]",
        "unsupported reading a PDF needs the package pypdfium2, which is not installed: "
        "pip install '.[docs]' in Homeport's checkout",
    ]

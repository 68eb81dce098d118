"""Files as people upload them, made when a test needs one."""

import io
import zipfile
from collections.abc import Sequence

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from pypdf import PdfWriter

PAGE = """<!doctype html><html lang="en"><head><title>Returns – Shop</title><style>p {}</style></head><body>
<div class="menu"><ul><li><a href="/">Home</a></li><li><a href="/b">Blog</a></li><li><a href="/c">Cart</a></li></ul></div>
<nav>Help centre</nav><div id="content"><h1>Returns</h1><p>You may return goods<br>within <b>30 days</b>.</p>
<h2>Refunds</h2><ul><li>Cards: 5 days</li><li>PayPal: 2 days</li></ul>
<table><tr><th>Size</th><th>Chest</th></tr><tr><td>M</td><td>96</td></tr></table></div>
<footer>© Shop <a href="/t">Terms</a></footer><script>track()</script></body></html>"""


def make_docx() -> bytes:
    document = docx.Document()
    document.add_heading("退货政策", 1)
    document.add_paragraph("七天内可以退货。")
    document.add_heading("运费", 2)
    document.add_paragraph("买家承担", style="List Bullet")
    table = document.add_table(2, 2)
    for place, text in zip([(0, 0), (0, 1), (1, 0), (1, 1)], ["尺码", "胸围", "M", "96"], strict=True):
        table.cell(*place).text = text
    return _saved(document.save)


def make_docx_with_footnote(*, text: str, note: str) -> bytes:
    """As Word writes it: the paragraph refers to a part of its own, for which the library has no door."""
    document = docx.Document()
    run = document.add_paragraph(text).add_run()
    run._r.append(OxmlElement("w:footnoteReference", {qn("w:id"): "2"}))
    xml = (
        f'<w:footnotes {nsdecls("w")}><w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
        f'<w:footnote w:id="2"><w:p><w:r><w:t>{note}</w:t></w:r></w:p></w:footnote></w:footnotes>'
    )
    type = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), type, xml.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    return _saved(document.save)


def make_zip_bomb(*, megabytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (megabytes * 1_000_000))
    return buffer.getvalue()


def make_pdf(lines: Sequence[tuple[int, str]]) -> bytes:
    """One page; each line has a font size and a text. No lines: a page without a text layer."""
    drawn = "\n".join(
        f"/F1 {size} Tf 1 0 0 1 50 {800 - 20 * n} Tm ({text}) Tj" for n, (size, text) in enumerate(lines)
    )
    content = f"BT\n{drawn}\nET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    )


def encrypt(pdf: bytes) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.encrypt("secret", algorithm="AES-256")
    return _saved(writer.write)


def _saved(save) -> bytes:  # type: ignore[no-untyped-def]  # any method that takes a file
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()

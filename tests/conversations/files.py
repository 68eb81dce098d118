"""Files as customers send them, and as somebody sends them who means no good. Made here, byte by byte."""

import struct
import zlib

SECRET = b"48.8584N 2.2945E"  # where a photo was taken


def png(width: int = 4, height: int = 3, *, extra: bytes = b"", after: bytes = b"") -> bytes:
    rows = (
        b"".join(b"\x00" + b"\x2f\x6f\x5e" * width for _ in range(height)) if width * height < 10**6 else b""
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), extra, _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + after


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_text(text: bytes) -> bytes:
    return _chunk(b"tEXt", b"Comment\x00" + text)


def jpeg(width: int = 4, height: int = 3, *, turn: int = 1, after: bytes = b"") -> bytes:
    """Its scan draws nothing; everything around it is as cameras write it."""
    entries = struct.pack("<HHIHH", 0x0112, 3, 1, turn, 0) + struct.pack("<HHII", 0x8825, 4, 1, 50)
    tiff = b"II*\x00" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0) + b"\x00" * 12 + SECRET
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    parts = [
        _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
        _segment(0xE1, b"Exif\x00\x00" + tiff),
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SECRET),
        _segment(0xED, b"Photoshop 3.0\x00" + SECRET),
        _segment(0xFE, b"<script>alert(1)</script>"),
        _segment(0xC0, frame),
        _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56",
    ]
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xd9" + after


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def gif(width: int = 4, height: int = 3, *, comment: bytes = b"", after: bytes = b"") -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    said = b"\x21\xfe" + bytes([len(comment)]) + comment + b"\x00" if comment else b""
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return head + said + image + b"\x3b" + after


def webp(width: int = 4, height: int = 3, *, after: bytes = b"") -> bytes:
    canvas = bytes([0x0C, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    picture = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\x00\x00"
    chunks = [(b"VP8X", canvas), (b"VP8L", picture), (b"EXIF", SECRET), (b"XMP ", SECRET)]
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(one)) + one + b"\x00" * (len(one) % 2) for name, one in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body + after


def pdf(*, after: bytes = b"\n") -> bytes:
    body = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Root 1 0 R /Size 2 >>\n"
    return body + table + b"startxref\n%d\n%%%%EOF" % len(body) + after


HTML = b"<!doctype html><script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'

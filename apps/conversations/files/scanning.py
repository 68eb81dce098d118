"""What a file is, told by its content alone, and the file without what nobody should get along with it.

A name and a declared type are only claims. A picture is read part by part to its end; what is kept are the parts that
draw it, so that whatever was hung on (a script, an archive, where a photo was taken) is not passed on. A PDF is kept
byte for byte, because a signature in it covers every byte. Nothing is decoded here: sizes are read and bounded, so
that a small file cannot make a browser draw a huge picture. Malware is not searched for.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from apps.conversations.errors import BadInput, UnsupportedFile

MAX_SIDE = 20_000  # pixels
MAX_PIXELS = 80_000_000  # a telephone's largest photo, and some


@dataclass(frozen=True, slots=True)
class Scanned:
    kind: str
    content: bytes
    width: int | None = None
    height: int | None = None


class Damaged(Exception):
    """It begins like its kind, and does not go on like it."""


def scan(data: bytes) -> Scanned:
    """Raises BadInput for a file that is empty, damaged or too many pixels, UnsupportedFile for any other kind."""
    if not data:
        raise BadInput("file_empty")
    read = next((read for start, read in READERS if start.match(data)), None)
    if read is None:
        raise UnsupportedFile("file_kind")
    try:
        return read(data)
    except (Damaged, struct.error, IndexError) as error:
        raise BadInput("file_damaged") from error


def _bounded(width: int, height: int) -> tuple[int, int]:
    if not (width and height):
        raise Damaged
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadInput("image_too_big")
    return width, height


def _demand(truth: bool) -> None:
    if not truth:
        raise Damaged


# --- PNG ----------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"}
PNG_KEPT |= {b"pHYs", b"bKGD", b"acTL", b"fcTL", b"fdAT"}
PNG_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}


def _png(data: bytes) -> Scanned:
    size, parts = (0, 0), [PNG]
    names: list[bytes] = []
    for name, chunk in _png_chunks(data):
        names.append(name)
        if name == b"IHDR":
            size = _png_size(chunk[8:-4])
        parts += [chunk] if name in PNG_KEPT else []
    _demand(names[0] == b"IHDR" and names.count(b"IHDR") == 1 and b"IDAT" in names)
    return Scanned("png", b"".join(parts), *size)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    while True:
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        _demand(end <= len(data))
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        _demand(zlib.crc32(data[at + 4 : end - 4]) == checksum)
        name = data[at + 4 : at + 8]
        yield name, data[at:end]
        if name == b"IEND":
            return
        at = end


def _png_size(header: bytes) -> tuple[int, int]:
    width, height, depth, colours, *rest = struct.unpack(">IIBBBBB", header)
    _demand(depth in PNG_DEPTHS.get(colours, ()) and rest[:2] == [0, 0] and rest[2] in (0, 1))
    return _bounded(width, height)


# --- JPEG ---------------------------------------------------------------------------------------------------

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)  # not a stuffed byte, not a restart
# No `+` where one searches: a run of FF would be read anew from each of its bytes. Bytes that fill stay in the scan.
END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
# Of what programs add, only what the colours need: JFIF, a colour profile, Adobe's transform.
APP_KEPT = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
TURNED = {5, 6, 7, 8}  # orientations that lie on their side


def _jpeg(data: bytes) -> Scanned:
    parts, size, turn, at, scans = [data[:2]], (0, 0), 1, 2, 0
    while True:
        marker, at = _jpeg_marker(data, at)
        if marker == EOI:
            break
        (length,) = struct.unpack_from(">H", data, at)
        body, end = data[at + 2 : at + length], at + length
        _demand(length >= 2 and end <= len(data))
        if marker == SOS:
            scans, start = scans + 1, end
            end = _end_of_scan(data, start)
            parts.append(data[at - 2 : end])
        elif _jpeg_keeps(marker, body):
            parts.append(data[at - 2 : end])
        if marker in FRAMES:
            size = _bounded(*struct.unpack_from(">xHH", body)[::-1])
        if marker == 0xE1 and body.startswith(b"Exif\x00\x00"):
            turn = _orientation(body[6:])
        at = end
    _demand(scans > 0 and size != (0, 0))
    parts.insert(1, _turning(turn))
    return Scanned("jpeg", b"".join([*parts, b"\xff\xd9"]), *(size[::-1] if turn in TURNED else size))


def _jpeg_marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker that stands here, and where its segment begins."""
    found = MARKER.match(data, at)
    if found is None:
        raise Damaged
    return found[1][0], found.end()


def _end_of_scan(data: bytes, start: int) -> int:
    found = END_OF_SCAN.search(data, start)
    if found is None:
        raise Damaged
    return found.start()


def _jpeg_keeps(marker: int, body: bytes) -> bool:
    is_comment = marker == 0xFE
    if 0xE0 <= marker <= 0xEF:
        return marker in APP_KEPT and body.startswith(APP_KEPT[marker])
    return not is_comment


def _orientation(tiff: bytes) -> int:
    """Of the first directory; 1, upright, where it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 1
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first) if first + 2 <= len(tiff) else (0,)
    for at in range(first + 2, min(first + 2 + 12 * count, len(tiff) - 11), 12):
        tag, _type, _count, value = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == 0x0112:
            return int(value) if 1 <= value <= 8 else 1
    return 1


def _turning(turn: int) -> bytes:
    """All that is kept of a photo's Exif data: which side is up."""
    if turn == 1:
        return b""
    tiff = b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turn, 0, 0)
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


# --- GIF ----------------------------------------------------------------------------------------------------

GIF_CONTROL, GIF_APPLICATION = 0xF9, 0xFF
LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")


def _gif(data: bytes) -> Scanned:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _colours(flags)
    parts, frames = [data[:at]], 0
    while data[at] != 0x3B:
        end, is_kept = _gif_block(data, at)
        parts += [data[at:end]] if is_kept else []
        frames += data[at] == 0x2C
        at = end
    _demand(frames > 0)
    return Scanned("gif", b"".join([*parts, b"\x3b"]), *_bounded(width, height))


def _gif_block(data: bytes, at: int) -> tuple[int, bool]:
    """Where the block ends, and whether it draws."""
    if data[at] == 0x2C:
        width, height, flags = struct.unpack_from("<HHB", data, at + 5)
        _bounded(width, height)
        return _past_pieces(data, at + 11 + _colours(flags)), True
    _demand(data[at] == 0x21)
    label = data[at + 1]
    is_loop = label == GIF_APPLICATION and data[at + 2 : at + 14] in LOOPS
    return _past_pieces(data, at + 2), label == GIF_CONTROL or is_loop


def _colours(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _past_pieces(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


# --- WebP ---------------------------------------------------------------------------------------------------

WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
WEBP_ADDED = 0x08 | 0x04  # flags that announce Exif and XMP


def _webp(data: bytes) -> Scanned:
    (length,) = struct.unpack_from("<I", data, 4)
    _demand(8 + length <= len(data))
    chunks = [(name, body) for name, body in _riff(data[12 : 8 + length]) if name in WEBP_KEPT]
    _demand(bool(chunks) and chunks[0][0] in (b"VP8 ", b"VP8L", b"VP8X"))
    sizes = [size for name, body in chunks for size in _webp_sizes(name, body)]
    _demand(any(name in (b"VP8 ", b"VP8L", b"ANMF") for name, _ in chunks))
    body = b"WEBP" + b"".join(_riff_chunk(name, _without_announcement(name, body)) for name, body in chunks)
    return Scanned("webp", b"RIFF" + struct.pack("<I", len(body)) + body, *sizes[0])


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        _demand(at + 8 + length <= len(data))
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _riff_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)


def _webp_sizes(name: bytes, body: bytes) -> Iterator[tuple[int, int]]:
    """Every size that a part claims, each within bounds."""
    match name:
        case b"VP8X":
            yield _bounded(1 + _three(body, 4), 1 + _three(body, 7))
        case b"VP8 ":
            _demand(body[3:6] == b"\x9d\x01\x2a")
            width, height = struct.unpack_from("<HH", body, 6)
            yield _bounded(width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":
            _demand(body[0] == 0x2F)
            (bits,) = struct.unpack_from("<I", body, 1)
            yield _bounded(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        case b"ANMF":
            yield _bounded(1 + _three(body, 6), 1 + _three(body, 9))
            for inner, content in _riff(body[16:]):
                yield from _webp_sizes(inner, content) if inner in (b"VP8 ", b"VP8L") else ()


def _three(body: bytes, at: int) -> int:
    _demand(at + 3 <= len(body))
    return int.from_bytes(body[at : at + 3], "little")


def _without_announcement(name: bytes, body: bytes) -> bytes:
    return bytes([body[0] & ~WEBP_ADDED]) + body[1:] if name == b"VP8X" else body


# --- PDF ----------------------------------------------------------------------------------------------------

PDF_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\x00]*\Z")
PDF_END_WITHIN = 2_048


def _pdf(data: bytes) -> Scanned:
    """Nothing may stand before its head or behind its end: there other kinds of files hide."""
    found = PDF_END.search(data, max(0, len(data) - PDF_END_WITHIN))
    _demand(found is not None and int(found[1]) < len(data))
    return Scanned("pdf", data)


Reader = Callable[[bytes], Scanned]
READERS: list[tuple[re.Pattern[bytes], Reader]] = [
    (re.compile(re.escape(PNG)), _png),
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
    (re.compile(rb"%PDF-[12]\.\d"), _pdf),
]

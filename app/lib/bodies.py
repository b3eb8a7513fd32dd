"""Response bodies as plain bytes, decompressed in small steps.

No compression is asked for; a server that compresses all the same may turn 200 KB into 200 MB, so no step may produce
more than one chunk, whatever the input holds.
"""

import zlib
from collections.abc import Iterator

from app.lib.http_errors import Code, OutboundError

CHUNK = 64 * 1024
_WINDOW = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def plain(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The chunks without their content encoding; raises OutboundError(bad_http) for one that is unknown or damaged."""
    name = encoding.strip().lower()
    return chunks if name in ("", "identity") else _inflated(chunks, _WINDOW.get(name))


def _inflated(chunks: Iterator[bytes], window: int | None) -> Iterator[bytes]:
    decoder = zlib.decompressobj(window or 0)
    begun = False
    try:
        for chunk in chunks:
            if window is None:
                raise OutboundError(Code.BAD_HTTP)
            begun = True
            rest = chunk
            while rest and not decoder.eof:
                piece = decoder.decompress(rest, CHUNK)
                rest = decoder.unconsumed_tail
                if piece:
                    yield piece
    except zlib.error as error:
        raise OutboundError(Code.BAD_HTTP) from error
    if begun and not decoder.eof:
        raise OutboundError(Code.BROKEN)


def read_capped(chunks: Iterator[bytes], cap: int | None) -> tuple[bytes, bool]:
    """Up to `cap` bytes, and whether there was more, which is then left unread."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if cap is not None and len(body) > cap:
            return bytes(body[:cap]), True
    return bytes(body), False

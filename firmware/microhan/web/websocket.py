"""/ws: the handshake of a WebSocket (RFC 6455, 4.2). Then raw P1 has its socket: outputs/p1."""

from binascii import b2a_base64
from hashlib import sha1
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .actions import Request

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_KEY = 24  # characters: 16 bytes in base64


async def upgrade(request: "Request") -> "str | tuple":
    """GET /ws: what raw P1 sends, a telegram in a message."""
    p1 = request.sources.p1
    asked = request.head.websocket
    key = asked.get(b"sec-websocket-key", b"")
    if (request.head.method != "GET" or asked.get(b"upgrade", b"").lower() != b"websocket"
            or asked.get(b"sec-websocket-version") != b"13" or len(key) != _KEY):
        return "426"
    if not p1.has_place(True):
        return "503w"
    connection = request.connection
    connection.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     b"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
                     % b2a_base64(sha1(key + _GUID).digest())[:-1])
    await connection.drain()
    sock = connection.give()
    if not p1.take(sock, ""):
        sock.close()
    return ""

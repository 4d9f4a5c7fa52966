"""The heads of answers, and the texts of problems.

Types, headers and texts are in answers.txt beside this file, where they take no heap. A row begins
with its key; its fields are separated by `|`. Plain ASCII, and nothing that JSON would escape:

    always|header|header|…            of every answer; the first one goes where an address has
                                      its own Cache-Control, the last one is the policy
    /path|scope|content type|policy|header…
                                      an address for GET and HEAD; scope: what a visitor must be
                                      allowed (any: nothing; owner: a session); policy: what it
                                      adds to the policy of all
    POST /path|scope                  an address for another method. One that ends in `/` takes
                                      all that begins so, and has something behind it
                                      A scope that is none of _SCOPES is a way out that knows no
                                      password, a key of the section `open`: while it is off there
                                      is no such address
    404c|reason|code|error|hint|header…
                                      a problem: the status, and a letter where one status has
                                      several causes; code: its name, for programs

"written" is a second row for /telegram.txt, "openmetrics" one for /metrics, "portal" one for / in
set-up mode (routes.py). The build adds a row for each file of the page, and the policy of the
portal (tools/build/page.py).
"""

from ..store.rows import rows_of

_SCOPES = "any now history raw owner"
HERE = __file__[: __file__.rfind("/") + 1]  # where answers.txt and the page's files lie


def file_of(key: str) -> str:
    """The path of the file of the page that lies at an address of a row; "" if none does."""
    if key in ("/", "/claim"):
        return HERE + "index.html"
    if key == "portal":
        return HERE + "portal.html"
    if key == "/schema.json" or key.endswith(".js") or key.endswith(".css"):
        return HERE + key[1:]
    return ""


def row_of(key: str) -> list[str]:
    """The fields of a row after its key. Raises KeyError if there is no such row."""
    for row in rows_of(HERE + "answers.txt"):
        fields = row.rstrip().split("|")
        if fields.pop(0) == key:
            return fields
    raise KeyError(key)


def route_of(method: str, path: str, config: dict) -> tuple[str, str, str]:
    """(key of the row, its scope, the methods of this address): the first two are "" if the
    address takes no such method, all three if there is no such address. config: the section
    `open`, as far as it is for who asks. The scope of a way out that is on there is "", too.
    """
    folder = path[: path.rfind("/") + 1]
    key = scope = ""
    methods = []
    for row in rows_of(HERE + "answers.txt"):
        name, _, rest = row.partition("|")
        verb, _, address = name.rpartition(" ")
        if address == path or address == folder and len(address) > 1:
            may = rest.partition("|")[0].rstrip()
            if may not in _SCOPES and not config.get(may):
                continue
            methods.append(verb or "GET, HEAD")
            if method == verb or not verb and method in ("GET", "HEAD"):
                key = name
                scope = may if may in _SCOPES else ""
    return key, scope, ", ".join(methods)


def head_of(status: str, size: int | None, kind: str, policy: str, *headers: str) -> str:
    """The head of an answer, text. size: bytes of the body; None: until the connection ends."""
    lines = ["HTTP/1.0 " + status, "Content-Type: " + kind]
    lines += headers
    if lines[-1] == "Transfer-Encoding: chunked":  # HTTP/1.0 knows none
        lines[0] = "HTTP/1.1 " + status
        lines.append("Connection: close")
    if size is not None:
        lines.append("Content-Length: %d" % size)
    common = row_of("always")
    if [header for header in headers if header.startswith("Cache-Control")]:
        del common[0]
    return "\r\n".join(lines + common) + policy + "\r\n\r\n"


def problem_of(problem: str, with_body: bool = True, *more: str) -> bytes:
    """A whole answer, bytes; the body is {"code": a name for it, "error": what happened, "hint":
    what to do}. more: further headers. Where there is no memory for that, another answer says so.
    """
    try:
        reason, code, error, hint, *headers = row_of(problem)
        body = '{"code": "%s", "error": "%s", "hint": "%s"}\n' % (code, error, hint)
        head = head_of(problem[:3] + " " + reason, len(body), "application/json", "", *headers,
                       *more)
        return (head + (body if with_body else "")).encode()
    except MemoryError:
        return b"HTTP/1.0 503 Busy\r\nRetry-After: 3\r\n\r\n"

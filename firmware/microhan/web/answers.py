"""The heads of answers, and the texts of problems.

Types, headers and texts are in answers.txt beside this file, where they take no heap. A row begins
with its key; its fields are separated by `|`. Plain ASCII, and nothing that JSON would escape:

    always|header|header|…            of every answer; the last one is the policy
    /path|content type|policy|header… an address; policy: what it adds to the policy of all
    404c|reason|error|hint|header…    a problem: the status, and a letter where one status has
                                      several causes

"written" is a second row for /telegram.txt (routes.py).
"""

HERE = __file__[: __file__.rfind("/") + 1]


def row_of(key: str) -> list[str]:
    """The fields of a row after its key. Raises KeyError if there is no such row."""
    with open(HERE + "answers.txt") as rows:
        for row in rows:
            fields = row.rstrip().split("|")
            if fields.pop(0) == key:
                return fields
    raise KeyError(key)


def head_of(status: str, size: int | None, kind: str, policy: str, *headers: str) -> str:
    """The head of an answer, text. size: bytes of the body; None: until the connection ends."""
    lines = ["HTTP/1.0 " + status, "Content-Type: " + kind]
    lines += headers
    if size is not None:
        lines.append("Content-Length: %d" % size)
    return "\r\n".join(lines + row_of("always")) + policy + "\r\n\r\n"


def problem_of(problem: str, with_body: bool = True) -> bytes:
    """A whole answer, bytes; the body is {"error": what happened, "hint": what to do}. Where there
    is no memory for that, another answer says so."""
    try:
        reason, error, hint, *headers = row_of(problem)
        body = '{"error": "%s", "hint": "%s"}\n' % (error, hint)
        head = head_of(problem[:3] + " " + reason, len(body), "application/json", "", *headers)
        return (head + (body if with_body else "")).encode()
    except MemoryError:
        return b"HTTP/1.0 503 Busy\r\nRetry-After: 3\r\n\r\n"

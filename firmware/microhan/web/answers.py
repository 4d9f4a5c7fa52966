"""Answers' heads, and the words for what cannot be answered.

Addresses, headers and words lie in answers.txt beside this file, where they take no heap. A row
has its key first, the rest parted by `|`; plain ASCII, and nothing that JSON would escape:

    always|header|header|…                              of every answer; the policy comes last
    /path|method of Routes|content type|policy|header…  policy: what this address adds to it
    404b|reason|error|hint|header…                      a problem: the status, with a letter where
                                                        one status has several causes
"""

HERE = __file__[: __file__.rfind("/") + 1]


def row_of(key):
    """The fields of a row after its key; None if there is no such row."""
    with open(HERE + "answers.txt") as rows:
        for row in rows:
            fields = row.rstrip().split("|")
            if fields.pop(0) == key:
                return fields


def head_of(status, size, kind, policy, *headers):
    """The head of an answer, text. size: bytes of the body, None = until the connection ends."""
    lines = ["HTTP/1.0 " + status, "Content-Type: " + kind]
    lines += headers
    if size is not None:
        lines.append("Content-Length: %d" % size)
    return "\r\n".join(lines + row_of("always")) + policy + "\r\n\r\n"


def problem_of(problem, with_body=True):
    """A whole answer, bytes: {"error": what happened, "hint": what to do}."""
    reason, error, hint, *headers = row_of(problem)
    body = '{"error": "%s", "hint": "%s"}\n' % (error, hint)
    head = head_of(problem[:3] + " " + reason, len(body), "application/json", "", *headers)
    return (head + (body if with_body else "")).encode()

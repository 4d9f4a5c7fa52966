"""What the server says when it cannot answer: {"error": what happened, "hint": what to do}.

The words lie in problems.txt beside this file, where they take no heap. A line there is
`problem reason|error|hint|header`; a problem is a status, with a letter where one status has
several causes. Plain ASCII, and nothing that JSON would escape.
"""

# Every answer carries these. no-store: values are momentary and private.
# The page replaces the policy by one that lets in its own script and style.
ALWAYS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)

JSON = "application/json"
_HERE = __file__[: __file__.rfind("/") + 1]


def beside(name):
    """Path of a file that lies in this folder, on flash as in the repository."""
    return _HERE + name


def parts_of(problem):
    """(status, reason, JSON body, headers) of a problem like "404"; "500" for an unknown one."""
    with open(beside("problems.txt")) as lines:
        for line in lines:
            if line.startswith(problem + " "):
                break
        else:
            return parts_of("500")
    first, error, hint, own = line.rstrip().split("|")
    headers = {"Content-Type": JSON}
    if own:
        name, value = own.split(": ", 1)
        headers[name] = value
    body = '{"error": "' + error + '", "hint": "' + hint + '"}\n'
    return int(problem[:3]), first[len(problem) + 1 :], body, headers


def answer_of(problem, with_body=True):
    """The whole answer as bytes, for places where there is no request to speak of."""
    status, reason, body, headers = parts_of(problem)
    headers["Content-Length"] = len(body)
    lines = ["HTTP/1.0 %d %s" % (status, reason)]
    lines += ["%s: %s" % pair for pair in headers.items()]
    lines += ["%s: %s" % pair for pair in ALWAYS]
    lines += ["", body if with_body else ""]
    return "\r\n".join(lines).encode()

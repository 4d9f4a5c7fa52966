"""What a server's refusal means, and what to do about it."""

_REASONS = {
    400: "it does not understand the data: is push.format right?",
    401: "wrong token, user or password",
    403: "this token or user may not write there",
    404: "nothing there: is push.url right?",
    405: "it takes no POST there: is push.url right?",
    408: "too slow",
    413: "too much data",
    422: "it does not like the data: is push.format right?",
    429: "too many requests",
}


def meaning(status: int) -> str:
    """Say in a sentence what an HTTP status other than 2xx means."""
    if 300 <= status < 400:
        reason = "the address has moved: set push.url to the new one"
    else:
        other = "the server has a problem" if status >= 500 else "refused"
        reason = _REASONS.get(status, other)
    return "the server answers %d: %s" % (status, reason)

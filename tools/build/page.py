"""The page as it lies on the device: without indentation and lines of comment, which people need
and browsers do not, and its policy with the hashes of what is left.
"""

import base64
import hashlib
import re


def smaller(page: bytes, answers: bytes) -> tuple[bytes, bytes]:
    """(page.html, answers.txt) as bytes, of those in the source."""
    lines = [line.strip() for line in page.decode().split("\n")]
    text = "\n".join(line for line in lines if not line.startswith("//"))
    policy = answers.decode()
    for tag in ("script", "style"):
        policy = policy.replace(_hash(tag, page.decode()), _hash(tag, text))
    return text.encode(), policy.encode()


def _hash(tag, text):
    """'sha256-…' of what stands between <tag> and </tag>: Content-Security-Policy 3, 6.7.3."""
    (body,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.S)
    return "sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()

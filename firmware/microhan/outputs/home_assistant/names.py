"""What Home Assistant calls an entity, in the owner's language.

The words lie in names.txt, where they take no heap: `=key|Swedish|English` names a whole key, the
other rows each of a key's words. In `t|tariff #|…` # is the digit of t1, t2 …
"""

from ...store.rows import rows_of

_ROWS = __file__[: __file__.rfind("/") + 1] + "names.txt"


def name_of(key: str, language: str) -> str:
    """"Active power import L1" for active_power_import_l1_w."""
    column = 1 if language == "sv" else 2
    words = key.split("_")
    for row in rows_of(_ROWS):
        fields = row.rstrip().split("|")
        if fields[0] == "=" + key:
            return fields[column]
        for at in range(len(words)):
            word = words[at]
            if word == fields[0]:
                words[at] = fields[column]
            elif word[:-1] == fields[0] and word[-1:].isdigit():
                words[at] = fields[column].replace("#", word[-1:])
    text = " ".join([word for word in words if word])
    return text[:1].upper() + text[1:]  # text[0] would be a name for ever

"""What people already run takes the readings as they are: each program's client is the judge."""

import sys
from pathlib import Path

from build import setup_env

# The firmware runs in this process, too, on CPython; what is to be read of the corpus' telegrams
# is the tests'.
for _part in ("firmware", "tools/vm/cpython", "build/vendor", "host_tests"):
    _path = str(Path(setup_env.ROOT, _part))
    if _path not in sys.path:
        sys.path.append(_path)

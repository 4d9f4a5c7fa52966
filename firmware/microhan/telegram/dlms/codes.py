"""The OBIS codes of a push list's numbers and clock. The device gets CODES only (the build runs
this module: tools/build/constants.py). The text parser has a faster table (p1/lookup.py), which a
meter that sends lists never loads.
"""

from array import array

from ...reading.fields import COUNT, I_METER_ID
from ..obis import CODE_OF_FIELD

# By number of the field; -1 where push_list.py does not look for one.
CODES = array("i", [CODE_OF_FIELD[_i] if CODE_OF_FIELD[_i] and _i != I_METER_ID else -1
                    for _i in range(COUNT)])

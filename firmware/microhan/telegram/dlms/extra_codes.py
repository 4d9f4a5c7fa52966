"""Which OBIS codes of binary lists fill the fields that Swedish meters do not send. The device
gets FIELD_OF_CODE only (the build runs this module: tools/build/constants.py).
"""

from ...reading.fields import ALL, COUNT, HISTORY, KIND
from ..obis import CODE_OF_FIELD

# By code, as obis.pack makes it. A history is of P1 only (Fluvius).
FIELD_OF_CODE = {CODE_OF_FIELD[_i]: _i for _i in range(COUNT, ALL)
                 if CODE_OF_FIELD[_i] and KIND[_i] != HISTORY}

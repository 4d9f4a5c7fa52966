"""The tables that find an OBIS code and a unit, and the hashes that values.py writes out again."""

import pytest

from fixtures.p1_text import parse as read
from fixtures.p1_text import telegram
from microhan.reading.fields import COUNT, EXTRAS, FIELDS, I_METER_ID, KIND, TEXT, TIME
from microhan.telegram.dlms.lookup import field_of
from microhan.telegram.obis import CODE_OF_FIELD, pack, parse
from microhan.telegram.p1 import lookup
from microhan.telegram.p1.layout import ID_FIELDS

NUMBERS = [i for i in range(COUNT) if KIND[i] > TEXT]


def test_a_code_is_packed_without_its_channel():
    assert parse("1-0:21.7.0") == pack(1, 21, 7, 0) == 1 << 24 | 21 << 16 | 7 << 8
    assert parse("") == 0


def test_no_two_fields_have_one_code():
    codes = [code for _, _, code in FIELDS + EXTRAS if code]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("i", range(COUNT))
def test_the_code_of_a_field_finds_it(i):
    code = CODE_OF_FIELD[i]
    if i == I_METER_ID:
        assert lookup.FIELD_OF_SLOT[lookup.code_slot(code)] == ID_FIELDS
        assert field_of(code) is None
    elif code:
        slot = lookup.code_slot(code)
        assert (lookup.CODE_OF_SLOT[slot], lookup.FIELD_OF_SLOT[slot]) == (code, i)
        assert field_of(code) == i


@pytest.mark.parametrize("i", NUMBERS)
def test_a_line_finds_its_field_by_code_and_its_scale_by_unit(i):
    """As values.store_lines() does it, whose hashes must be those that made the tables."""
    key, kind, code = FIELDS[i]
    units = [(unit, power) for unit, of, power in lookup._UNITS if of == kind]
    assert units
    for unit, power in units:
        (reading,), _ = read(telegram(f"{code}(2*{unit})"))
        assert reading.get(key) == 2 * 10 ** power


def test_every_field_with_a_code_is_text_a_clock_or_a_number_with_a_unit():
    with_code = {i for i in range(COUNT) if CODE_OF_FIELD[i]}
    assert with_code - set(NUMBERS) == {i for i in with_code if KIND[i] in (TEXT, TIME)}
    assert set(NUMBERS) <= with_code

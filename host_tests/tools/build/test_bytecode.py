"""Where functions' bytecode lies in a compiled file: tools/build/bytecode.py."""

import struct

import pytest

import build
from build import archive, bytecode

TEXT = b"""
from array import array
import micropython
WORDS = ("text", b"bytes", 1 << 70, 2.5, (1, (2, "inner")), None, ...)
@micropython.viper
def native(n: int, s: ptr8) -> int:
    return s[n] * 1000000
def plain(a, b=3):
    return [x * a for x in range(b)]
class A:
    '''Says nothing.'''
    def method(self):
        def inner():
            return self
        return inner
    def generator(self):
        yield 1
"""
FUNCTIONS = 8  # the module, plain, its comprehension, A, method, inner, generator; not native


@pytest.mark.parametrize("arch", ["xtensawin", "rv32imc", "x86", "x64"])
def test_every_function_s_bytecode_is_found_and_native_code_is_left_out(arch):
    mpy = build.compile_one(TEXT, "sample", arch)
    found = bytecode.blocks(mpy)
    assert len(found) == FUNCTIONS - 1
    ends = [offset + size for offset, size in found]
    assert all(end <= offset for end, (offset, _) in zip(ends, found[1:])) and ends[-1] <= len(mpy)


@pytest.mark.parametrize("damage", [lambda mpy: b"M\x07" + mpy[2:], lambda mpy: mpy + b"x",
                                    lambda mpy: b"text"])
def test_another_file_is_refused(damage):
    with pytest.raises(ValueError):
        bytecode.blocks(damage(build.compile_one(TEXT, "sample", "xtensawin")))


@pytest.mark.parametrize("arch", build.IN_PLACE)
def test_every_module_of_the_archive_carries_its_table(arch):
    tree = build.build(arch, lambda text: None)
    files = archive.unpack((build.packed(arch, lambda text: None) / build.ARCHIVE).read_bytes())
    modules = {name: content for name, content in files.items() if name.endswith(".mpy")}
    assert len(modules) > 30
    for name, content in modules.items():
        mpy = (tree / build.COPY / name).read_bytes()
        (count,) = struct.unpack("<H", content[-2:])
        table = struct.iter_unpack("<2H", content[len(mpy):-2])
        assert content.startswith(mpy) and list(table) == bytecode.blocks(mpy)
        assert count == len(bytecode.blocks(mpy))

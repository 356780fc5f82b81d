"""Cells are named as ipykernel names them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ipykernel.compiler import get_tmp_hash_seed, murmur2_x86

from engine.worker.cell_names import murmur2


@given(st.text(max_size=40))
def test_the_hash_is_ipykernels(code: str) -> None:
    assert murmur2(code.encode()) == murmur2_x86(code, get_tmp_hash_seed())

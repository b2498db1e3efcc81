import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from effprof.model.macs import FORMULAS, ZERO, Call, UnknownShapeError, macs
from effprof.model.model import Shape
from effprof.model.operators import BODIES

# No contraction is known for these: they stay unknown, and are listed as such.
NOT_COUNTED = {
    "CausalConvWithState", "DFT", "Det", "ImageDecoder", "LinearAttention", "SwiGLU", "STFT",
    "NegativeLogLikelihoodLoss", "RegexFullMatch", "SoftmaxCrossEntropyLoss", "StringConcat",
    "StringNormalizer", "StringSplit", "TfIdfVectorizer",
}  # fmt: skip


def _macs(
    kind: str, inputs: list[Shape | None], output: Shape | None, **attributes: object
) -> int | None:
    return macs(Call(kind, inputs, [output], attributes))


@pytest.mark.parametrize(
    ("kind", "inputs", "output", "attributes", "expected"),
    [
        ("Conv", [(1, 3, 224, 224), (64, 3, 7, 7)], (1, 64, 112, 112), {}, 118_013_952),
        ("Conv", [(1, 32, 8, 8), (32, 1, 3, 3)], (1, 32, 8, 8), {"group": 32}, 32 * 64 * 9),
        ("FusedConv", [(2, 1, 5), (4, 1, 3)], (2, 4, 3), {}, 2 * 4 * 3 * 3),
        ("QLinearConv", [(1, 2, 4), (), (), (3, 2, 1)], (1, 3, 4), {}, 24),
        ("ConvTranspose", [(1, 8, 4, 4), (8, 4, 2, 2)], (1, 4, 8, 8), {}, 8 * 16 * 4 * 4),
        ("MatMul", [(2, 5, 3), (3, 7)], (2, 5, 7), {}, 210),
        ("MatMul", [(3,), (3,)], (), {}, 3),
        ("Gemm", [(2, 3), (3, 4), (4,)], (2, 4), {}, 24),
        ("Gemm", [(3, 2), (3, 4)], (2, 4), {"transA": 1}, 24),
        ("QLinearMatMul", [(2, 3), (), (), (3, 4)], (2, 4), {}, 24),
        ("MatMulNBits", [(1, 9, 64), (32, 2, 16)], (1, 9, 32), {"K": 64, "N": 32}, 9 * 64 * 32),
        ("LSTM", [(5, 2, 3), (1, 16, 3), (1, 16, 4)], (5, 1, 2, 4), {}, 5 * 2 * 4 * 4 * (3 + 4)),
        ("GRU", [(5, 2, 3), (2, 12, 3), (2, 12, 4)], None, {}, 10 * 2 * 3 * 4 * (3 + 4)),
        ("RNN", [(5, 2, 3), (1, 4, 3), (1, 4, 4)], None, {}, 10 * 4 * (3 + 4)),
        ("Einsum", [(2, 3, 4), (4, 5)], (2, 3, 5), {"equation": "abk,kc->abc"}, 120),
        ("Attention", [(2, 8, 5, 16), (2, 8, 9, 16), None], (2, 8, 5, 16), {}, 2 * 8 * 5 * 9 * 32),
        (
            "MultiHeadAttention",
            [(2, 5, 64), (2, 9, 64), (2, 9, 64)],
            (2, 5, 64),
            {},
            2 * 5 * 9 * 128,
        ),
        ("Relu", [(1, 3)], (1, 3), {}, 0),
        ("BatchNormalization", [None], None, {}, 0),
    ],
)
def test_formulas(
    kind: str,
    inputs: list[Shape | None],
    output: Shape | None,
    attributes: dict[str, object],
    expected: int,
) -> None:
    assert _macs(kind, inputs, output, **attributes) == expected


def test_the_fused_attention_of_onnxruntime() -> None:
    """Projections to Q, K and V, then the square of the steps twice."""
    call = Call("com.microsoft.Attention", [(2, 10, 64), (64, 192)], [(2, 10, 64)])
    assert macs(call) == 2 * 10 * (64 * 192 + 10 * 128)


def test_what_is_in_no_table_is_unknown() -> None:
    assert _macs("Mystery", [(1,)], (1,)) is None


@pytest.mark.parametrize("inputs", [[("N", 3), (3, 4)], [None, (3, 4)], []])
def test_a_missing_size_is_said(inputs: list[Shape | None]) -> None:
    with pytest.raises(UnknownShapeError):
        _macs("MatMul", inputs, (2, 4))


def test_every_operator_of_the_standard_is_in_one_table() -> None:
    standard = {schema.name for schema in onnx.defs.get_all_schemas() if schema.domain == ""}
    assert not set(FORMULAS) & ZERO
    assert standard - ZERO - set(FORMULAS) - set(BODIES) <= NOT_COUNTED


_SIZE = st.integers(1, 9)


@given(_SIZE, _SIZE, _SIZE, _SIZE)
def test_products_add_up_over_the_batch(batch: int, m: int, k: int, n: int) -> None:
    one = _macs("MatMul", [(1, m, k), (k, n)], (1, m, n))
    assert one is not None
    assert _macs("MatMul", [(batch, m, k), (k, n)], (batch, m, n)) == batch * one
    assert _macs("Gemm", [(m, k), (k, n)], (m, n)) == one == m * k * n
    assert _macs("Conv", [(1, k, m), (n, k, 1)], (1, n, m)) == one

"""What the ceilings are measured with."""

import numpy as np
import pytest

from effprof.worker import ceilings


@pytest.mark.parametrize("count", [1, 1000, 32768, 65536])
def test_a_slab_begins_with_a_cache_line(count: int) -> None:
    slab = ceilings.aligned(count)
    assert slab.ctypes.data % ceilings.LINE_BYTES == 0
    assert slab.dtype == np.float32
    assert slab.shape == (count,)
    assert slab.all()

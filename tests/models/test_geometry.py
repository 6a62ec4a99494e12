import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from docfuse_models.geometry import pair_geometry
from docfuse_pipeline import geometry as reference

numbers = st.floats(0, 1000, width=32)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=9), st.integers(0, 3))
def test_equals_the_reference(rows, padding):
    boxes = np.array(
        [(x, y, x + w / 5, y + h / 20) for x, y, w, h in rows] + [(0, 0, 0, 0)] * padding, np.float32
    )
    mask = np.array([1.0] * len(rows) + [0.0] * padding, np.float32)
    expected = reference.pair_geometry(boxes, mask)
    found = pair_geometry(torch.from_numpy(boxes)[None], torch.from_numpy(mask)[None])[0].numpy()
    # what is 1 or 0 lies on a border now and then, where rounding decides either way: none of the smooth ones
    np.testing.assert_allclose(found[..., :-4], expected[..., :-4], atol=2e-4)
    assert (found[..., -4:] != expected[..., -4:]).mean() < 0.05


def test_pages_of_a_batch_do_not_see_each_other():
    boxes = torch.tensor([[[0.0, 0, 10, 10], [20, 0, 30, 10]], [[0.0, 0, 100, 50], [0, 60, 100, 110]]])
    mask = torch.ones(2, 2)
    together = pair_geometry(boxes, mask)
    for index in range(2):
        assert torch.equal(together[index], pair_geometry(boxes[index : index + 1], mask[:1])[0])

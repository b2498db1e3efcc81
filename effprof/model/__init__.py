"""Opens a model file and says what it holds; the weights are never read into this process.

`open_model` (open.py), `settle` (dims.py), `count` (count.py), `read_given` and `make_feeds`
(inputs.py) are the room's doors. Modules named in `examine.py` import onnx and run in a child only.
"""

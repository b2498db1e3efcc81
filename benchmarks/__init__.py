"""What effprof claims about itself, each claim in a file of its own, measured side by side.

python -m benchmarks [NAME ...] [--quick] [--save] [--with-openvino]
"""

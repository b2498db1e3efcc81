"""Microcontrollers: an int8 model becomes firmware for a Cortex-M core, and the firmware is run."""

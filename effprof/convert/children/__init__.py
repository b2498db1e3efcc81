"""One file a step, each run in a process of its own and under the interpreter it needs."""

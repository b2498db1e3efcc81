"""The way in, of the script `effprof` and of `python -m effprof`.

From its first line on, an interrupt ends the process with 130 and one line. While modules are
imported and while the interpreter shuts down there is nothing to keep, and a KeyboardInterrupt
would be printed as a traceback, swallowed, or turned into somebody's ImportError. So no module is
imported above `main` but what the interpreter has loaded by then, or nearly.
"""

import os
import signal
from types import FrameType

INTERRUPTED = 130
STOPS = ("SIGINT", "SIGTERM", "SIGHUP")


def main() -> None:
    heed(leave)
    from effprof.cli import main as run

    run(lambda: heed(interrupt), lambda: heed(leave))


def heed(handler: "signal._HANDLER") -> None:
    """One that is ignored stays ignored: `nohup` and a shell's background jobs want it so."""
    for name in STOPS:
        number = getattr(signal, name)
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def leave(_signal: int, _frame: FrameType | None) -> None:
    os.write(2, b"effprof: interrupted\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()

"""What can be told of a process that may end while it is looked at: under load many do."""

import psutil


def words(process: psutil.Process) -> str:
    """Its command line; nothing of one that has ended, or is about to."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False

"""How long commands take to start: processor time of whole processes, beside named peers in the same run."""

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

from monitor.config.example import example

ROUNDS: Final = 15  # of which the median counts; each round runs every command once, so that all see the same machine
HELP_S: Final = 0.25
HELP_CLICKS: Final = 3.0  # times the time in which Python imports click and does nothing
BESIDE: Final = Path(sys.executable).parent
PYTHON: Final = (sys.executable,)
STAYSUB: Final = (str(BESIDE / "staysub"),)
CLICK: Final = "python -c 'import click'"
HELP: Final = "staysub --help"
COMMANDS: Final = {
    "python -c pass": (*PYTHON, "-c", "pass"),
    CLICK: (*PYTHON, "-c", "import click"),
    "uvicorn --help": (str(BESIDE / "uvicorn"), "--help"),
    "celery --help": (str(BESIDE / "celery"), "--help"),
    HELP: (*STAYSUB, "--help"),
    "staysub config check": (*STAYSUB, "--config", "staysub.toml", "config", "check"),
    "staysub status": (*STAYSUB, "--config", "staysub.toml", "status"),  # ends where it finds no Redis
    # Nobody listens on that port: what is measured is the start, not the answers.
    "staysub check DOMAIN": (*STAYSUB, "check", "d.example", "--ip", "192.0.2.1", "--nameserver", "127.0.0.1:1"),
    "staysub forecast, from numbers": (*STAYSUB, "forecast", "--failure-rate", "0.9", "--messages-per-day", "12"),
}


def main(arguments: list[str]) -> None:
    """Print the table. `staysub` elsewhere can be named as the first argument, to be measured beside this one.

    Raises AssertionError where `--help` is slow.
    """
    commands = dict(COMMANDS)
    for other in arguments[:1]:
        commands |= {
            name.replace("staysub", "the other", 1): (other, *words[1:])
            for name, words in COMMANDS.items()
            if words[:1] == STAYSUB
        }
    took: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("staysub.toml").write_text(example())
        for number in range(ROUNDS + 1):  # the first fills caches of files and is not counted
            for name, words in commands.items():
                seconds = processor_time(words)
                if number:
                    took[name].append(seconds)
        os.chdir("/")
    medians = {name: statistics.median(times) for name, times in took.items()}
    sys.stdout.write(f"{'':32} {'ms':>5}  {'× python':>8}  {'× click':>7}\n")
    for name, seconds in medians.items():
        of_python, of_click = seconds / medians["python -c pass"], seconds / medians[CLICK]
        sys.stdout.write(f"{name:32} {1e3 * seconds:5.0f}  {of_python:8.1f}  {of_click:7.1f}\n")
    assert medians[HELP] < HELP_S, medians[HELP]
    assert medians[HELP] < HELP_CLICKS * medians[CLICK], medians[HELP] / medians[CLICK]


def processor_time(words: tuple[str, ...]) -> float:
    """Seconds of user and system time that the process and its children took."""
    silent = os.open(os.devnull, os.O_RDWR)
    try:
        files = [(os.POSIX_SPAWN_DUP2, silent, number) for number in range(3)]
        pid = os.posix_spawn(words[0], words, os.environ, file_actions=files)
    finally:
        os.close(silent)
    _, _, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime

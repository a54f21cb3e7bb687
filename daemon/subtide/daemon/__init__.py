"""The daemon: one thread a loop around plain synchronous code; starts and stops the house.

looking follows looks, running holds all threads together, service answers the signals of the
system, opening tells at the start what is set up, once does one pass without staying.
"""

from subtide.daemon.looking import STOP_SECONDS, LookLoop
from subtide.daemon.once import run_once
from subtide.daemon.running import Daemon
from subtide.daemon.service import Service
from subtide.daemon.work import make_intake, make_worker, take_over

__all__ = [
    "STOP_SECONDS",
    "Daemon",
    "LookLoop",
    "Service",
    "make_intake",
    "make_worker",
    "run_once",
    "take_over",
]

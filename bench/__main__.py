"""Every benchmark, one after another: ``python -m bench`` or ``make bench``."""

from bench import claims, memory, prepare_memory

for benchmark in (claims, memory, prepare_memory):
    benchmark.main()

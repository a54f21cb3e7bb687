"""Every benchmark, one after another: ``python -m bench`` or ``make bench``."""

from bench import claims, coverage, memory, prepare_memory, scan, webhooks

for benchmark in (claims, coverage, memory, prepare_memory, scan, webhooks):
    benchmark.main()

"""Every benchmark, one after another: ``python -m bench`` or ``make bench``."""

from bench import claims, memory, prepare_memory, scan, webhooks

for benchmark in (claims, memory, prepare_memory, scan, webhooks):
    benchmark.main()

"""Every benchmark, one after another: ``python -m bench`` or ``make bench``."""

from bench import (
    chat,
    claims,
    coverage,
    hearing_memory,
    household,
    languages,
    memory,
    nothing,
    pipeline,
    prepare_memory,
    readability,
    scan,
    translation,
    webhooks,
)

BENCHMARKS = (
    claims,
    coverage,
    memory,
    prepare_memory,
    scan,
    webhooks,
    languages,
    nothing,
    pipeline,
    household,
    hearing_memory,
    readability,
    translation,
    chat,
)

for benchmark in BENCHMARKS:
    benchmark.main()

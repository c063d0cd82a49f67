#!/bin/sh
# Makes a model: tokenizer, training, conversion. About 107 minutes on two idle CPU cores.
# The file that ships was made by this script at commit 5890f7e, with --minutes 106.
# Where there is a GPU, it makes a larger one: 13 million parameters, 14 MB (--no-large: the one for CPUs).
# An interrupted run goes on where it was saved. Other options of `python -m training.train` may be given, too.
set -eu
cd "$(dirname "$0")/.."
build="${BUILD:-training/build}"
if ! "$build/venv/bin/python" -c "import torch, tokenizers, gguf" 2>/dev/null; then
    python3 -m venv "$build/venv"
    "$build/venv/bin/pip" install --quiet -r training/requirements.txt
fi
# glibc shall keep the memory that a step frees, which spares two hundredths of the time.
# In large pages, another twentieth.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 GLIBC_TUNABLES=glibc.malloc.hugetlb=1
"$build/venv/bin/python" -m training.train --out "$build" "$@"
"$build/venv/bin/python" -m training.convert --checkpoint "$build/checkpoint.pt" --out "${MODEL:-homeport/models/homeport-small.gguf}"

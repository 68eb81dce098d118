"""Golden questions over a folder of documents → a frozen set for `model_training.evaluate` and the model benchmarks.

    python -m tests.benchmarks.golden_set --documents demo/shop/documents --golden demo/shop/golden.jsonl \\
        --out RUN/dataset/golden.jsonl
"""

import argparse
from pathlib import Path

from model_training.evaluating import golden_rows, write_evaluation
from tests.benchmarks.dialogue_sets import index_folder, read_rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--golden", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    rows = golden_rows(read_rows(chosen.golden), search=index_folder(chosen.documents).search)
    print(f"{write_evaluation(chosen.out, rows)} questions in {chosen.out}")


if __name__ == "__main__":
    main()

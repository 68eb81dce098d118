"""A publisher's GGUF file in, a model folder out: `python -m model_training.dequantize FILE FOLDER`.

Runs in the model environment. Knows nothing of where the file came from.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging


def dequantize(file: Path, *, target: Path) -> None:
    """Writes bfloat16 safetensors with tokenizer and chat template.

    The file carries the embedding twice, the second time as the output layer. The model was trained with one
    matrix for both, so the copy is dropped and the tie restored: half a gigabyte less to read for each token.
    """
    place = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    tokenizer = AutoTokenizer.from_pretrained(**place)
    model = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.bfloat16)
    model.config.tie_word_embeddings = True
    model.tie_weights()
    # The weights are plain numbers now; left in, these two make `save_pretrained` refuse.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    logging.set_verbosity_error()
    dequantize(Path(sys.argv[1]), target=Path(sys.argv[2]))

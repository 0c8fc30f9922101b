"""Convert a tiny model to GGUF with llama.cpp's own converter: ``python to_gguf.py SOURCE FOLDER OUT [--mmproj]``.

The converter knows a tokenizer by its answers to one text, and refuses ours, which nobody has published: it is told.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Convert."""
    source, folder, out, *more = sys.argv[1:]
    sys.path[:0] = [source, f"{source}/gguf-py"]
    import convert_hf_to_gguf
    from conversion.base import TextModel

    TextModel.get_vocab_base_pre = lambda self, tokenizer: "qwen2"
    sys.argv = ["convert", folder, "--outfile", out, "--outtype", "f32", *(more or ["--no-mtp"])]
    convert_hf_to_gguf.main()


main()

"""A language model of 300 kB with random weights: it says words without meaning, in the shape a real one would."""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType
from numpy.typing import NDArray

Weights = NDArray[np.float32]

CONTEXT = 8192
WIDTH, HIDDEN, HEADS = 64, 128, 4
SPECIAL = (b"<unk>", b"<|im_start|>", b"<|im_end|>")
START, END = 1, 2
WORDS = (
    "the a of to in and is it that this for with as on be by from or an at not are was will can may one two new all "
    "more some other list value name line code test file answer question begin end read write open close first last"
)
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# The first dimension is a bias that no layer writes to: words win over single bytes, and answers come to an end.
BYTE_BIAS, WORD_BIAS, END_BIAS = -3.0, 1.0, 1.0


def write(path: Path, seed: int = 18) -> None:
    """Write the model as GGUF; the same seed gives the same file."""
    writer = GGUFWriter(str(path), "llama")
    _describe(writer)
    vocabulary = _add_tokens(writer)
    for name, weights in _tensors(np.random.default_rng(seed), vocabulary).items():
        writer.add_tensor(f"{name}.weight", weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: GGUFWriter) -> None:
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_chat_template(CHAT_TEMPLATE)


def _add_tokens(writer: GGUFWriter) -> int:
    """Three marks, every byte (so that any text can be read) and some words; returns how many."""
    octets = [f"<0x{value:02X}>".encode() for value in range(256)]
    words = [f"\u2581{word}".encode() for word in WORDS.split()]
    tokens = [*SPECIAL, *octets, *words]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([*kinds, *[TokenType.BYTE] * len(octets), *[TokenType.NORMAL] * len(words)])
    writer.add_bos_token_id(START)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    return len(tokens)


def _tensors(random: np.random.Generator, vocabulary: int) -> dict[str, Weights]:
    def noise(rows: int, columns: int, scale: float) -> Weights:
        return random.normal(0, scale, (rows, columns)).astype(np.float32)

    def unbiased(rows: int, columns: int) -> Weights:
        weights = noise(rows, columns, 0.1)
        weights[0, :] = 0
        return weights

    embedding, output = noise(vocabulary, WIDTH, 0.5), noise(vocabulary, WIDTH, 0.15)
    embedding[:, 0] = 4
    output[:, 0] = BYTE_BIAS
    output[len(SPECIAL) + 256 :, 0] = WORD_BIAS
    output[END, :] = 0
    output[END, 0] = END_BIAS
    ones = np.ones(WIDTH, np.float32)
    return {
        "token_embd": embedding,
        "output": output,
        "output_norm": ones,
        "blk.0.attn_norm": ones,
        "blk.0.attn_q": noise(WIDTH, WIDTH, 0.1),
        "blk.0.attn_k": noise(WIDTH, WIDTH, 0.1),
        "blk.0.attn_v": noise(WIDTH, WIDTH, 0.1),
        "blk.0.attn_output": unbiased(WIDTH, WIDTH),
        "blk.0.ffn_norm": ones,
        "blk.0.ffn_gate": noise(HIDDEN, WIDTH, 0.1),
        "blk.0.ffn_up": noise(HIDDEN, WIDTH, 0.1),
        "blk.0.ffn_down": unbiased(WIDTH, HIDDEN),
    }

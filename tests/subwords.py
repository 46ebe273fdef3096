"""A tokenizer of few subwords, and a network that reads them, in place of those of packages."""

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ship", "##s", "bank", "harbour", "money", "a", "the", "!"]  # fmt: skip
SIZES = {
    "n_ids": len(PIECES),
    "n_places": 16,
    "width": 8,
    "n_layers": 2,
    "n_heads": 2,
    "hidden": 16,
}


def tokenizer() -> str:
    """Return it as JSON, as files of BERTs hold it."""
    numbers = {piece: number for number, piece in enumerate(PIECES)}
    made = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(piece, numbers[piece]) for piece in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=ends
    )
    made.enable_padding(length=12)  # which is not for us, as MiniLM's own
    return str(made.to_str())

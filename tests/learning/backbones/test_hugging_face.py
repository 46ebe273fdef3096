"""Models of Hugging Face for pictures and texts, on tiny ones of random weights that are made here."""

import json

import numpy as np
import pytest
import torch

from caselab import architectures
from caselab.errors import UserError
from caselab.learning import backbones
from caselab.learning.backbones.hugging_face import files, pictures
from caselab.params import PipelineBlock
from caselab.storage import models
from tests.subwords import PIECES, tokenizer

SIDE = 24


@pytest.fixture(scope="module")
def transformers():
    return pytest.importorskip("transformers", reason="pip install transformers")


def write(folder, model, **processor):
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    (folder / "README.md").write_text("---\nlicense: mit\n---\nA tiny one.\n")
    return str(folder)


def resnet(transformers, **words):
    torch.manual_seed(0)
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1]}
    return transformers.ResNetConfig(**sizes, layer_type="basic", **words)


@pytest.fixture
def folder(transformers, tmp_path):
    """Return a tiny classifier, as people put them onto the hub."""
    model = transformers.ResNetForImageClassification(resnet(transformers))
    with torch.no_grad():
        for name, weights in model.state_dict().items():
            if name.endswith("running_var"):
                weights += 0.5
    shown = {"image_mean": [0.2, 0.3, 0.4], "image_std": [0.5, 0.6, 0.7], "size": 32}
    return write(tmp_path / "tiny", model, **shown)


def rows(channels=()):
    random = np.random.default_rng(0)
    X = random.integers(0, 120, (20, SIDE, SIDE, *channels), dtype=np.uint8)
    y = np.array(["left", "right"])[np.arange(20) % 2]
    X[y == "left", :, : SIDE // 2] += 120
    X[y == "right", :, SIDE // 2 :] += 120
    return X, y


def build(backbone, *blocks):
    phases = [{"epochs": 3, "learn": ["head"]}, {"epochs": 1, "learn": ["head", *blocks]}]
    training = {"phases": phases, "batch_size": 8, "learning_rate": 0.02, "accelerator": "cpu"}
    block = PipelineBlock(
        case="toy",
        view="toy",
        architecture="pretrained",
        features={"flatten": False},
        model={"backbone": backbone},
        training=training,
    )
    return architectures.build(block, "pictures", "classification", seed=1, threads=1)


def test_it_is_shown_pictures_as_its_processor_would(transformers, folder):
    X, _ = rows((3,))
    model = build(folder).fit(*rows((3,)))[-1]
    network = model.network_on(torch.device("cpu"))
    pixels = torch.tensor(X).permute(0, 3, 1, 2).float() / 255
    large = torch.nn.functional.interpolate(pixels, (32, 32), mode="bilinear", antialias=True)
    mean, deviation = (
        torch.tensor(each).reshape(3, 1, 1) for each in ([0.2, 0.3, 0.4], [0.5, 0.6, 0.7])
    )
    theirs = transformers.ResNetForImageClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        found = network.pool(network.backbone(network.input(pixels)))
        frozen = theirs.resnet((large - mean) / deviation).pooler_output.flatten(1)
    assert found.shape == (20, 16)
    # All but the last layer has stood still in this phase, and learned a little in the next
    fitted = build(folder)
    fitted[-1].set_params(training__phases=({"epochs": 2, "learn": ("head",)},))
    still = fitted.fit(*rows((3,)))[-1].network_on(torch.device("cpu"))
    with torch.no_grad():
        found = still.pool(still.backbone(still.input(pixels)))
    torch.testing.assert_close(found, frozen, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["resnet", "vit"])
def test_it_is_fine_tuned_and_answers_without_its_files(transformers, folder, tmp_path, kind):
    block = "backbone.model.encoder.stages.1"
    if kind == "vit":
        sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
        words = {"intermediate_size": 16, "image_size": 32, "patch_size": 8}
        torch.manual_seed(0)
        model = transformers.ViTForImageClassification(transformers.ViTConfig(**sizes, **words))
        folder = write(tmp_path / "vit", model, size={"height": 32, "width": 32})
        block = "backbone.model"
    X, y = rows()
    fitted = build(folder, block).fit(X, y)
    assert fitted[-1].pretrained_ == {
        "origin": f"{folder}, of Hugging Face",
        "licence": "mit",
        "sha256": fitted[-1].sizes_["known"]["sha256"],
    }
    models.save(fitted, tmp_path / "model")
    for file in [*(tmp_path / "vit").glob("*"), *(tmp_path / "tiny").glob("*")]:
        file.unlink()
    read = models.load(tmp_path / "model")
    np.testing.assert_array_equal(read.predict_proba(X), fitted.predict_proba(X))


def test_pictures_of_other_channels_are_refused(transformers, tmp_path):
    model = transformers.ResNetModel(resnet(transformers, num_channels=1))
    folder = write(tmp_path / "grey", model, size=32)
    told = "reads pictures of 1 channel, and these have 3; set channels to grey"
    with pytest.raises(UserError, match=told):
        build(folder).fit(*rows((3,)))
    assert build(folder).fit(*rows())[-1].shape_ == (1, SIDE, SIDE)


def test_a_checkpoint_that_does_not_fit_names_the_tensors(folder):
    import safetensors.torch

    file = f"{folder}/model.safetensors"
    weights = safetensors.torch.load_file(file)
    first = "resnet.embedder.embedder.convolution.weight"
    del weights["resnet.embedder.embedder.normalization.bias"]
    weights[first] = torch.zeros(3, 3)
    safetensors.torch.save_file(weights, file, metadata={"format": "pt"})
    told = (
        r"they lack embedder\.embedder\.normalization\.bias; they have "
        r"embedder\.embedder\.convolution\.weight of \(3, 3\) in place of \(8, 3, 7, 7\)"
    )
    with pytest.raises(UserError, match=told):
        build(folder).fit(*rows())


def test_files_that_are_none_are_told(transformers, folder, tmp_path):
    (tmp_path / "tiny" / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"The weights in .*tiny cannot be read"):
        build(folder).fit(*rows())
    (tmp_path / "tiny" / "model.safetensors").unlink()
    with pytest.raises(UserError, match="has no weights in safetensors"):
        build(folder).fit(*rows())
    (tmp_path / "tiny" / "config.json").write_text("{")
    with pytest.raises(UserError, match=r"config\.json is no JSON"):
        build(folder).fit(*rows())
    (tmp_path / "tiny" / "config.json").unlink()
    with pytest.raises(UserError, match=r"has no config\.json"):
        build(folder).fit(*rows())


def test_a_name_without_the_internet_is_one_sentence(transformers, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UserError) as refused:
        backbones.described("somebody/a-model-that-nobody-has")
    assert "the hub cannot be reached, and it is not in its cache" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_the_package_it_is_said_which(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(UserError, match=r"needs the package transformers; install it"):
        backbones.described("microsoft/resnet-18")


@pytest.mark.parametrize(
    ("processor", "config", "size"),
    [
        ({"size": 224}, {}, [224, 224]),
        ({"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 200}}, {}, [224, 200]),
        ({"size": {"shortest_edge": 256}}, {}, [256, 256]),
        ({}, {"image_size": 30}, [30, 30]),
        ({}, {"image_size": [30, 40]}, [30, 40]),
        ({}, {}, None),
    ],
)  # fmt: skip
def test_sizes_are_said_in_many_ways(processor, config, size):
    assert pictures._size(processor, config) == size


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\ntags: [a]\n---\n# A model", "apache-2.0"),
        ("---\ntags: [a]\n---\n", "not stated"),
        ("# A model", "not stated"),
        ("---\n: [\n---\n", "not stated"),
    ],
)
def test_the_licence_stands_in_the_head_of_the_card(tmp_path, card, licence):
    (tmp_path / "README.md").write_text(card)
    assert files.licence(tmp_path / "README.md") == licence
    assert files.licence(tmp_path / "none.md") == "not stated"


# Models that read texts


@pytest.fixture
def reader(transformers, tmp_path):
    """Return a tiny encoder of texts with its tokenizer."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    words = {"intermediate_size": 16, "vocab_size": len(PIECES), "max_position_embeddings": 16}
    transformers.BertModel(transformers.BertConfig(**sizes, **words)).save_pretrained(
        tmp_path / "bert"
    )
    (tmp_path / "bert" / "tokenizer.json").write_text(tokenizer())
    (tmp_path / "bert" / "tokenizer_config.json").write_text('{"model_max_length": 14}')
    return tmp_path / "bert"


def reading(folder, length=10):
    phases = [{"epochs": 2, "learn": ["head"]}, {"epochs": 1, "learn": ["head", "backbone"]}]
    training = {"phases": phases, "batch_size": 8, "accelerator": "cpu"}
    block = PipelineBlock(
        case="toy",
        view="toy",
        architecture="pretrained",
        features={"represent": "subwords", "backbone": str(folder), "length": length},
        model={"backbone": str(folder)},
        training=training,
    )
    return architectures.build(block, "text", "classification", seed=1, threads=1)


TEXTS = np.array(["ship ships harbour", "the bank money", "ship a ship", "banks"] * 5, dtype=object)
SAID = np.array(["sea", "money", "sea", "money"] * 5)


def test_a_reader_answers_as_in_transformers_and_without_its_files(transformers, reader, tmp_path):
    fitted = reading(reader)
    fitted[-1].set_params(training__phases=({"epochs": 1, "learn": ("head",)},))
    fitted.fit(TEXTS, SAID)
    network = fitted[-1].network_on(torch.device("cpu"))
    ids = torch.tensor(fitted[0].transform(TEXTS))
    kept = ids != 0
    theirs = transformers.BertModel.from_pretrained(reader).eval()
    with torch.no_grad():
        found = network.pool(network.backbone(ids.float()))
        number = (ids - 1).clamp(min=0)
        states = theirs(number, attention_mask=kept.long()).last_hidden_state
    expected = (states * kept.unsqueeze(2)).sum(1) / kept.sum(1, keepdim=True)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    fitted = reading(reader).fit(TEXTS, SAID)
    models.save(fitted, tmp_path / "model")
    for file in reader.glob("*"):
        file.unlink()
    read = models.load(tmp_path / "model")
    asked = [*TEXTS, "", "ship " * 40]
    np.testing.assert_array_equal(read.predict_proba(asked), fitted.predict_proba(asked))


def test_a_reader_without_a_tokenizer_or_given_other_rows_is_told(reader):
    with pytest.raises(UserError, match="takes texts of 14 subwords at most, and these have 15"):
        reading(reader, length=15).fit(TEXTS, SAID)
    with pytest.raises(UserError, match="reads subwords as its own tokenizer cuts them"):
        build(str(reader)).fit(*rows())
    (reader / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"has no tokenizer\.json"):
        reading(reader).fit(TEXTS, SAID)

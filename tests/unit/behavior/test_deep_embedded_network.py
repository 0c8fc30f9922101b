import numpy as np
import pytest
import torch

from behaviorvlm.behavior.deep_embedded_network import Adam, Autoencoder, native_precision


def autograd(network, rows, *, layers):
    """The same layers as torch differentiates them itself."""
    weights = network.weights.clone().requires_grad_()
    values = torch.from_numpy(rows)
    for number, (weight, bias) in enumerate(list(network._views(weights))[:layers]):
        values = values @ weight + bias
        values = torch.relu(values) if network._is_rectified(number) else values
    return weights, values


@pytest.fixture
def network():
    made = Autoencoder((7, 12, 9, 3), batch=16, precision="float32")
    made.start(np.random.default_rng(0))
    made.weights.add_(0.05 * torch.from_numpy(np.random.default_rng(1).standard_normal(len(made.weights), np.float32)))
    return made


@pytest.fixture
def rows():
    return np.random.default_rng(2).standard_normal((11, 7), np.float32)


def test_the_reconstruction_has_the_slope_that_autograd_finds(network, rows):
    weights, made = autograd(network, rows, layers=6)
    error = (made - torch.from_numpy(rows)).square().mean()
    error.backward()
    assert network.reconstruct(rows) == pytest.approx(error.item(), rel=1e-5)
    torch.testing.assert_close(network.slope, weights.grad)


def test_the_encoder_has_the_slope_that_autograd_finds(network, rows):
    slope = np.random.default_rng(3).standard_normal((11, 3), np.float32)
    weights, embedded = autograd(network, rows, layers=3)
    (embedded * torch.from_numpy(slope)).sum().backward()
    np.testing.assert_allclose(network.embed(rows), embedded.detach().numpy(), rtol=1e-5, atol=1e-6)
    network.pull_back(rows, slope)
    size = network.encoder_size
    torch.testing.assert_close(network.slope[:size], weights.grad[:size])


def test_bfloat16_comes_near(network, rows):
    half = Autoencoder((7, 12, 9, 3), batch=16, precision="bfloat16")
    half.weights.copy_(network.weights)
    half.refresh()
    assert half.reconstruct(rows) == pytest.approx(network.reconstruct(rows), rel=0.05)
    cosine = torch.nn.functional.cosine_similarity(half.slope, network.slope, dim=0)
    assert cosine > 0.99
    assert half.slope.dtype == torch.float32


def test_adam_walks_as_its_authors_say():
    start = torch.linspace(-1, 1, 1000, dtype=torch.float64)
    ours, wanted = Adam(start.float()), start.clone()
    mean, square = torch.zeros_like(start), torch.zeros_like(start)
    for number in range(1, 6):
        slope = torch.sin(start * (number + 3))
        ours.step(slope.float(), 0.01 * number)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        wanted -= 0.01 * number * mean / (1 - 0.9**number) / ((square / (1 - 0.999**number)).sqrt() + 1e-8)
    assert ours.steps == 5
    torch.testing.assert_close(ours.values.double(), wanted, rtol=1e-4, atol=1e-6)


def test_adam_moves_only_what_has_a_slope_and_can_forget():
    ours = Adam(torch.zeros(100))
    ours.step(torch.ones(100), 0.5)
    ours.forget()
    assert ours.steps == 0
    before = ours.values.clone()
    ours.step(-torch.ones(10), 0.01)
    torch.testing.assert_close(ours.values[:10] - before[:10], torch.full((10,), 0.01))
    assert torch.equal(before[10:], ours.values[10:])


def test_the_encoders_layers_embed_without_torch(network, rows):
    values = rows
    layers = network.encoder_layers()
    for number, (weight, bias) in enumerate(layers):
        values = values @ weight + bias
        values = np.maximum(values, 0) if number < len(layers) - 1 else values
    np.testing.assert_allclose(values, network.embed(rows), rtol=1e-4, atol=1e-5)


def test_the_precision_is_one_that_the_processor_knows():
    assert native_precision() in ("float32", "bfloat16")

"""4.6 Segmentation by deep networks. The only room that needs PyTorch."""

try:
    import safetensors  # noqa: F401
    import torch  # noqa: F401
    import tqdm  # noqa: F401
except ModuleNotFoundError as error:
    raise ImportError(
        f"Chapter 4.6 needs {error.name}, which is not installed: pip install torch safetensors tqdm"
    ) from None

from seglearn.networks.data import Dataset, as_tensor, batch, folder_dataset, loaded
from seglearn.networks.deeplab import ASPP, DeepLabV1, DeepLabV1MSc, DeepLabV2
from seglearn.networks.dense_crf import DenseCrfState, dense_crf, dense_crf_steps
from seglearn.networks.families import CRFasRNN, PSPNet
from seglearn.networks.fcn import FCN8s, FCN16s, FCN32s, bilinear_kernel
from seglearn.networks.prediction import layer_shapes, n_multiply_adds, n_parameters, predict, probabilities
from seglearn.networks.receptive import ReceptiveField, gradient_field, receptive_field
from seglearn.networks.reseg import ReNet, ReSeg
from seglearn.networks.resnet import ResNet101
from seglearn.networks.scenes import CLASSES, scenes
from seglearn.networks.training import TrainState, train, train_steps
from seglearn.networks.transposed import TransposedState, transposed_convolution, transposed_convolution_steps
from seglearn.networks.vgg import VGG16, ConvolutionalVGG16, convolutionalize
from seglearn.networks.weights import load_weights, record, save_weights, shipped, start_weights

__all__ = [
    "ASPP",
    "CLASSES",
    "VGG16",
    "CRFasRNN",
    "ConvolutionalVGG16",
    "Dataset",
    "DeepLabV1",
    "DeepLabV1MSc",
    "DeepLabV2",
    "DenseCrfState",
    "FCN8s",
    "FCN16s",
    "FCN32s",
    "PSPNet",
    "ReNet",
    "ReSeg",
    "ReceptiveField",
    "ResNet101",
    "TrainState",
    "TransposedState",
    "as_tensor",
    "batch",
    "bilinear_kernel",
    "convolutionalize",
    "dense_crf",
    "dense_crf_steps",
    "folder_dataset",
    "gradient_field",
    "layer_shapes",
    "load_weights",
    "loaded",
    "n_multiply_adds",
    "n_parameters",
    "predict",
    "probabilities",
    "receptive_field",
    "record",
    "save_weights",
    "scenes",
    "shipped",
    "start_weights",
    "train",
    "train_steps",
    "transposed_convolution",
    "transposed_convolution_steps",
]

"""Backbones that tests can afford, at small sizes of input."""

from __future__ import annotations

# One of each kind of architecture, and a size that no stride divides.
SMALL = [
    ("test_vit", 160),
    ("test_vit4", 96),  # no class token, and registers
    ("test_resnet", 64),
    ("test_convnext", 97),
    ("test_efficientnet", 64),
]
# Those that acceptance names.
REAL = [
    ("vit_tiny_patch16_224", 97),
    ("resnet18", 97),
    ("tf_efficientnet_lite0", 97),
    ("swin_tiny_patch4_window7_224", 97),
    ("mobilenetv3_small_050", 97),
    ("nest_tiny", 64),
]
BITS = (12, 16, 24, 32, 48, 64, 128)

"""The photo library: catalogue, scan, thumbnails, index build."""

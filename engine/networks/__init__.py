"""Networks over timm backbones; they know no losses."""

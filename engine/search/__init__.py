"""From a query photo to ranked matches."""
